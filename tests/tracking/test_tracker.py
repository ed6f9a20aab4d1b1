"""The MLflow store: a parent an experiment, a child a seed, everything logged, found again by its key."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from mlflow.store.entities import PagedList
from mlflow.store.tracking.dbmodels.models import SqlDataset
from sqlalchemy import event
from sqlalchemy.orm import Session

from pipeline.base.console import UserError
from pipeline.base.files import digest_of, read_json
from pipeline.running.keys import code_digest
from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from pipeline.tracking.checkout import checkout_tags
from pipeline.tracking.delivery import final_points
from pipeline.tracking.errors import LostError
from pipeline.tracking.tracker import Tracker
from tests import made_results
from tests.conftest import strings_params


@pytest.fixture
def tracker(mlruns: Path) -> Tracker:
    return Tracker(mlruns)


def run_of(name: str = "am_a", seed: int = 0) -> Run:
    source = DatasetInfo("automata strings", "document", f"{seed}" * 64)
    return Run(strings_params().experiments[name], seed, None, source, f"key of {name} {seed}")


def begin(tracker: Tracker, run: Run) -> str:
    return tracker.begin(run, tracker.parent(run))


def finish(tracker: Tracker, run_id: str, run: Run, folder: Path) -> dict[str, Any]:
    row = made_results.run("am_64", run.seed, run_key=run.key, epochs=3)
    row["metrics"] = {"test_accuracy": 0.75, "test_accuracy@2": 0.5, "train_seconds": 9.0}
    (folder / "examples").mkdir(parents=True)
    (folder / "examples/examples.html").write_text("<p>a</p>")
    (folder / "model.keras").write_bytes(b"model")
    tracker.log(run_id, final_points(row))
    tracker.finish(run_id, row, folder)
    return row


def test_a_parent_is_found_again_and_not_doubled(tracker: Tracker) -> None:
    parent = tracker.parent(run_of("am_a", 0))
    assert tracker.parent(run_of("am_a", 1)) == parent
    assert Tracker(tracker.root).parent(run_of("am_a", 2)) == parent
    other = tracker.parent(run_of("am_b"))
    assert other != parent
    assert {run.info.run_id for run in tracker._search("tags.kind = 'experiment'")} == {parent, other}
    run = tracker.client.get_run(parent)
    assert run.info.run_name == "am_a" and run.data.params["units"] == "4"
    assert run.data.tags["document"] == "000" and run.data.tags["protocol"] == "as_written"


def test_another_recipe_of_the_same_name_has_a_parent_of_its_own(tracker: Tracker) -> None:
    run = run_of()
    longer = Run(run.experiment.model_copy(update={"epochs": 4}), 0, None, run.dataset, "another key")
    assert tracker.parent(run) != tracker.parent(longer)


def test_a_child_says_what_it_is(tracker: Tracker) -> None:
    run = run_of("am_b", 1)
    child = tracker.client.get_run(begin(tracker, run))
    assert child.info.status == "RUNNING" and child.info.run_name == "am_b · seed 1"
    expected = {
        "mlflow.parentRunId": tracker.parent(run),
        "kind": "run",
        "run_key": run.key,
        "document": "000",
        "protocol": "as_written",
        "data_digest": "1" * 64,
        "code_digest": code_digest("automata"),
        **checkout_tags(),
    }
    assert expected.items() <= child.data.tags.items()
    params = child.data.params
    assert (params["variant"], params["units"], params["optimizer.learning_rate"]) == ("relu_rnn", "4", "0.001")
    assert (params["seed"], params["fold"], params["data"]) == ("1", "None", "automata strings")


def test_a_child_has_its_data_set(tracker: Tracker) -> None:
    child = tracker.client.get_run(begin(tracker, run_of(seed=1)))
    (found,) = child.inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("automata strings", "1" * 36)
    assert "data/windows/automata" in found.dataset.source
    assert [(tag.key, tag.value) for tag in found.tags] == [("mlflow.data.context", "training")]


def test_a_data_set_that_another_names_at_the_same_moment_is_shared(tracker: Tracker) -> None:
    other = Tracker(tracker.root)
    named: list[str] = []

    def first(session: Session, *_: Any) -> None:
        """Name the same data between MLflow's look for it and its own write."""
        if not named and any(isinstance(new, SqlDataset) for new in session.new):
            named.append("")
            named[0] = begin(other, run_of("am_b"))

    event.listen(Session, "before_flush", first)
    try:
        named.append(begin(tracker, run_of()))
    finally:
        event.remove(Session, "before_flush", first)
    inputs = [tracker.client.get_run(run_id).inputs.dataset_inputs for run_id in named]
    assert [[found.dataset.digest for found in one] for one in inputs] == [["0" * 36]] * 2


def test_a_data_set_that_cannot_be_named_is_an_error(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(run_id: str, named: Any) -> None:
        asked.append(run_id)
        raise MlflowException("(sqlite3.OperationalError) database or disk is full", TEMPORARILY_UNAVAILABLE)

    monkeypatch.setattr(tracker.client, "log_inputs", refuse)
    with pytest.raises(MlflowException, match="disk is full"):
        begin(tracker, run_of())
    assert len(asked) == 1


@pytest.mark.parametrize("call", ["log_batch", "log_inputs"])
def test_a_run_that_was_begun_by_half_is_whole_when_it_goes_on(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise MlflowException("no answer")

    run, parent = run_of(), tracker.parent(run_of())
    with monkeypatch.context() as patch:
        patch.setattr(tracker.client, call, silent)
        with pytest.raises(MlflowException, match="no answer"):
            tracker.begin(run, parent)
    left = tracker.open(run)
    found = tracker.client.get_run(left)
    assert len(tracker._search("tags.kind = 'run'")) == 1
    assert found.data.params["seed"] == "0" and len(found.inputs.dataset_inputs) == 1


def test_a_parent_that_was_made_by_half_is_made_whole(tracker: Tracker) -> None:
    run = run_of()
    half = tracker._make_parent(run, digest_of([run.experiment.recipe(), run.dataset.label]))
    assert tracker.client.get_run(half).data.params == {}
    assert tracker.parent(run) == half and tracker.client.get_run(half).data.params["units"] == "4"


def test_figures_stand_at_their_epochs(tracker: Tracker, tmp_path: Path) -> None:
    run = run_of()
    run_id = begin(tracker, run)
    for epoch in (1, 2, 3):
        tracker.log(run_id, [("loss", epoch, 1 / epoch), ("accuracy", epoch, 0.5)])
    finish(tracker, run_id, run, tmp_path / "files")

    def history(name: str) -> list[tuple[int, float]]:
        return [(metric.step, metric.value) for metric in tracker.client.get_metric_history(run_id, name)]

    assert history("loss") == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert sorted(history("test_accuracy")) == [(2, 0.5), (3, 0.75)]
    assert history("train_seconds") == [(3, 9.0)]
    named = {(name, step) for name in ("loss", "accuracy") for step in (1, 2, 3)}
    assert tracker.logged(run_id) == named | {("test_accuracy", 2), ("test_accuracy", 3), ("train_seconds", 3)}


def test_many_points_go_in_as_few_calls_as_mlflow_takes(tracker: Tracker) -> None:
    run_id = begin(tracker, run_of())
    tracker.log(run_id, [("loss", step, 0.5) for step in range(1, 2502)])
    assert tracker.logged(run_id) == {("loss", step) for step in range(1, 2502)}


def test_a_finished_run_is_found_by_its_key_with_its_row_and_files(tracker: Tracker, tmp_path: Path) -> None:
    run = run_of()
    run_id = begin(tracker, run)
    assert tracker.finished() == {}
    row = finish(tracker, run_id, run, tmp_path / "files")
    again = Tracker(tracker.root)
    logged = again.finished()[run.key]
    assert logged.id == run_id and again.row(logged) == {
        **row,
        "mlflow_run_id": run_id,
        "provenance": logged.provenance,
    }
    names = {file.path for file in again.client.list_artifacts(run_id)}
    assert names == {"result.json", "model.keras", "examples"}
    stored = list((tracker.root / "artifacts").rglob("result.json"))
    assert len(stored) == 1 and read_json(stored[0]) == row


@pytest.mark.parametrize("status", ["FAILED", "KILLED"])
def test_a_run_that_failed_is_not_finished(tracker: Tracker, status: str) -> None:
    run_id = begin(tracker, run_of())
    tracker.stop(run_id, status)
    assert tracker.client.get_run(run_id).info.status == status
    assert tracker.finished() == {}


def test_a_run_that_is_not_there_is_stopped_without_noise(tracker: Tracker) -> None:
    tracker.stop("", "FAILED")
    tracker.stop("0" * 32, "KILLED")


@pytest.mark.parametrize("status", ["RUNNING", "KILLED", "FAILED"])
def test_an_unfinished_run_is_continued(tracker: Tracker, status: str) -> None:
    run = run_of()
    run_id = begin(tracker, run)
    if status != "RUNNING":
        tracker.stop(run_id, status)
    assert tracker.open(run) == run_id
    assert tracker.client.get_run(run_id).info.status == "RUNNING"
    assert tracker.open(run_of(seed=1)) != run_id


def test_of_several_unfinished_runs_the_newest_is_continued_and_the_others_are_killed(tracker: Tracker) -> None:
    ids = [begin(tracker, run_of()) for _ in range(2)]
    for start, run_id in enumerate(ids):
        tracker.client.set_tag(run_id, "order", str(start))
    opened = tracker.open(run_of())
    (other,) = set(ids) - {opened}
    assert opened in ids and tracker.client.get_run(other).info.status == "KILLED"


def test_a_parent_closes_with_what_all_seeds_gave(tracker: Tracker, tmp_path: Path) -> None:
    parent = tracker.parent(run_of())
    assert not tracker.is_finished(parent)
    (tmp_path / "files").mkdir()
    (tmp_path / "files/learning_curve.png").write_bytes(b"png")
    tracker.close_parent(parent, {"test_accuracy": 0.5, "runs": 2.0}, tmp_path / "files")
    assert tracker.is_finished(parent)
    assert tracker.client.get_run(parent).data.metrics == {"test_accuracy": 0.5, "runs": 2.0}
    assert [file.path for file in tracker.client.list_artifacts(parent)] == ["learning_curve.png"]
    assert tracker.parent(run_of(seed=1)) == parent


def test_a_parent_that_closes_twice_has_no_figure_twice(tracker: Tracker, tmp_path: Path) -> None:
    parent, files = tracker.parent(run_of()), tmp_path / "files"
    files.mkdir()
    for accuracy in (0.5, 0.5, 0.7):
        tracker.close_parent(parent, {"test_accuracy": accuracy}, files)
    history = tracker.client.get_metric_history(parent, "test_accuracy")
    assert sorted(point.value for point in history) == [0.5, 0.7]


def test_a_parent_has_the_data_set_and_a_description_once(tracker: Tracker, tmp_path: Path) -> None:
    parent, files = tracker.parent(run_of()), tmp_path / "files"
    files.mkdir()
    for seed in range(2):
        tracker.close_parent(parent, {"test_accuracy": 0.5}, files, run_of(seed=seed))
    found = tracker.client.get_run(parent)
    assert [one.dataset.name for one in found.inputs.dataset_inputs] == ["automata strings"]
    assert "| test_accuracy | 0.5 |" in found.data.tags["mlflow.note.content"]


def test_every_page_of_a_search_is_read(tracker: Tracker) -> None:
    pages = {None: PagedList([1, 2], "next"), "next": PagedList([3], None)}

    def search_runs(*_: object, page_token: str | None, **__: object) -> PagedList[int]:
        return pages[page_token]

    tracker.client = SimpleNamespace(search_runs=search_runs, search_experiments=lambda *_, **__: [])  # type: ignore[assignment]
    assert tracker._search("tags.kind = 'run'") == [1, 2, 3]


def test_another_store_can_be_named(migrated_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(migrated_store, tmp_path / "theirs")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'theirs/mlflow.db'}")
    tracker = Tracker(tmp_path / "mlruns")
    assert [one.name for one in tracker.client.search_experiments() if one.name != "Default"] == ["reprise"]
    assert not (tmp_path / "mlruns/mlflow.db").exists()


def finished(tracker: Tracker, folder: Path) -> tuple[Any, dict[str, Any], Path]:
    """A finished run: what MLflow has of it, its row, and its artifacts on the disk."""
    run = run_of()
    run_id = begin(tracker, run)
    row = finish(tracker, run_id, run, folder / "files")
    return tracker.finished()[run.key], row, tracker.root / "artifacts" / run_id / "artifacts"


def test_few_runs_are_asked_for_one_by_one(tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged, _, _ = finished(tracker, tmp_path)
    asked: list[str] = []
    monkeypatch.setattr(tracker, "_search", lambda condition: asked.append(condition) or [])
    assert tracker.finished({run_of().key, "other"}) == {}
    assert len(asked) == 2 and all("tags.run_key = " in one for one in asked)
    assert tracker.finished(set(map(str, range(101)))) == {} and len(asked) == 3
    monkeypatch.undo()
    assert tracker.finished({run_of().key, "other"}) == {run_of().key: logged}


@pytest.mark.parametrize("change", [None, b"", b"{", b'{"metrics": {"test_accuracy": 0.95}}'])
def test_a_result_that_is_not_what_was_logged_is_refused_with_the_remedy(
    tracker: Tracker, tmp_path: Path, change: bytes | None
) -> None:
    logged, _, folder = finished(tracker, tmp_path)
    path = folder / "result.json"
    path.unlink() if change is None else path.write_bytes(change)
    with pytest.raises(LostError, match=rf"result\.json of the MLflow run {logged.id} .*(?s:.)*`make reconcile`"):
        tracker.row(logged)


@pytest.mark.parametrize("change", [None, b"", b"modem"])
def test_so_is_a_model(tracker: Tracker, tmp_path: Path, change: bytes | None) -> None:
    logged, row, folder = finished(tracker, tmp_path)
    tracker.check_model(logged)
    path = folder / "model.keras"
    path.unlink() if change is None else path.write_bytes(change)
    with pytest.raises(LostError, match=r"model\.keras of the MLflow run"):
        tracker.check_model(logged)
    assert tracker.row(logged)["metrics"] == row["metrics"]


def test_a_key_that_another_process_has_trained_meanwhile_is_not_trained_again(
    tracker: Tracker, tmp_path: Path
) -> None:
    finished(tracker, tmp_path)
    with pytest.raises(UserError, match="another process has trained it meanwhile"):
        tracker.open(run_of())


def test_a_copied_store_writes_into_itself_alone(tracker: Tracker, tmp_path: Path) -> None:
    _, row, _ = finished(tracker, tmp_path)
    before = files(tracker.root)
    copy = Path(shutil.copytree(tracker.root, tmp_path / "copy" / "mlruns"))
    second = Tracker(copy)
    other = run_of(seed=1)
    finish(second, begin(second, other), other, tmp_path / "more")
    assert files(tracker.root) == before
    assert len(list((copy / "artifacts").rglob("result.json"))) == 2
    again = second.finished()[run_of().key]
    assert second.row(again)["metrics"] == row["metrics"] and str(copy) in again.uri


def test_a_moved_store_finds_its_files_and_makes_no_folder_at_the_old_place(tracker: Tracker, tmp_path: Path) -> None:
    _, row, _ = finished(tracker, tmp_path)
    old = tracker.root
    moved = Path(shutil.move(old, tmp_path / "moved"))
    found = Tracker(moved)
    assert found.row(found.finished()[run_of().key])["metrics"] == row["metrics"]
    other = run_of(seed=1)
    finish(found, begin(found, other), other, tmp_path / "more")
    assert not old.exists() and len(list((moved / "artifacts").rglob("result.json"))) == 2


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["q?x", "p%41c", "a#b"])
def test_a_place_that_a_database_would_read_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UserError, match="in a path mean something else to databases"):
        Tracker(tmp_path / name / "mlruns")
