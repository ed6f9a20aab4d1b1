"""Runs are performed: trained once and kept, whatever fails or is interrupted. With the real workers."""

import shutil
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pipeline import perform as module
from pipeline.base.console import UserError
from pipeline.base.files import write_text
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.perform import perform
from pipeline.running import pool
from pipeline.running.devices import Slot
from pipeline.running.events import Failed
from pipeline.running.plan import plan
from pipeline.running.pool import Pool
from pipeline.running.progress import TrainingProgress
from pipeline.spec.run import Run
from pipeline.tracking.experiments import ids
from pipeline.tracking.store import every_run
from pipeline.tracking.tracker import Tracker
from pipeline.training.rows import Row
from tests import quick_worker
from tests.conftest import strings_params

Statuses = dict[str, list[str]]


@dataclass
class Job:
    """Two experiments of three seeds, and the pools that were started for them."""

    windows: Path
    tracker: Tracker
    runs: list[Run]
    pools: list[Pool] = field(default_factory=list)

    def perform(self) -> list[Row]:
        return perform(self.runs, self.tracker, lambda name: [("loss", 2, 0.5)], self.windows, self.windows)

    def statuses(self) -> Statuses:
        """What MLflow says of each run and each experiment, oldest first."""
        found = sorted(
            every_run(self.tracker.client, ids(self.tracker.client), ""), key=lambda one: one.info.start_time
        )
        statuses: Statuses = {}
        for run in found:
            statuses.setdefault(run.info.run_name, []).append(run.info.status)
        return statuses


@pytest.fixture(scope="module")
def job(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("job")
    params = strings_params(seeds=3)
    experiments = list(params.experiments.values())
    inputs = Inputs(folder, folder, 3, params.sounds)
    FAMILIES["automata"].make_windows(experiments, inputs, folder / "windows/automata")
    shutil.copytree(migrated_store, folder / "mlruns")
    job = Job(folder / "windows", Tracker(folder / "mlruns"), plan(params, folder / "windows"))

    class Counted(Pool):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            job.pools.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Pool", Counted)
        patch.setattr(module, "slots", lambda runs: [Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})] * 2)
        yield job


@dataclass
class After:
    """How the job stood after a part of its story."""

    job: Job
    statuses: Statuses
    error: str = ""
    rows: list[Row] = field(default_factory=list)


@pytest.fixture(scope="module")
def failed(job: Job) -> After:
    """The first try: no windows of am_b can be read, each for a reason of its own."""
    here, aside = job.windows / "automata/am_b", job.windows / "aside"
    shutil.copytree(here, aside)
    (here / "seed_0.npz").write_bytes((aside / "seed_0.npz").read_bytes()[:500])
    (here / "seed_1.npz").write_bytes(b"")
    (here / "seed_2.npz").unlink()
    with pytest.raises(UserError) as caught:
        job.perform()
    shutil.rmtree(here)
    aside.rename(here)
    return After(job, job.statuses(), str(caught.value))


@pytest.fixture(scope="module")
def interrupted(failed: After) -> After:
    """The second try: Ctrl-C after the first of the three that are missing."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingProgress, "done", interrupt)
        with pytest.raises(KeyboardInterrupt):
            failed.job.perform()
    return After(failed.job, failed.job.statuses())


@pytest.fixture(scope="module")
def complete(interrupted: After) -> After:
    """The third try, which nothing disturbs."""
    rows = interrupted.job.perform()
    return After(interrupted.job, interrupted.job.statuses(), rows=rows)


def test_runs_that_fail_are_named_with_the_reason(failed: After) -> None:
    assert failed.error.startswith("3 of 6 runs failed, the others are kept: ")
    for seed, reason in enumerate(("is not what was written", "is not what was written", "No such file or directory")):
        (said,) = (text for text in failed.error.split("; am_b") if f"· seed {seed}: " in text)
        assert reason in said
    assert "Traceback" not in failed.error and "status" not in failed.error


def test_the_others_are_kept(failed: After) -> None:
    assert failed.statuses == {
        "am_a": ["RUNNING"],
        "am_b": ["RUNNING"],
        **{f"am_a · seed {seed}": ["FINISHED"] for seed in range(3)},
        **{f"am_b · seed {seed}": ["FAILED"] for seed in range(3)},
    }


def test_an_interrupt_kills_what_runs_and_keeps_what_is_done(interrupted: After) -> None:
    found = [status for seed in range(3) for status in interrupted.statuses[f"am_b · seed {seed}"]]
    assert Counter(found) == {"FINISHED": 1, "KILLED": 1, "FAILED": 1}  # the last was not begun again
    assert "RUNNING" not in [s for name, found in interrupted.statuses.items() if "seed" in name for s in found]
    assert all(interrupted.statuses[f"am_a · seed {seed}"] == ["FINISHED"] for seed in range(3))


def test_an_interrupt_ends_the_workers(interrupted: After) -> None:
    processes = [worker.process for pool in interrupted.job.pools[:2] for worker in pool._workers]
    assert len(processes) == 4 and not any(process.is_alive() for process in processes)


def test_the_next_try_trains_only_what_is_missing(complete: After) -> None:
    assert all(statuses == ["FINISHED"] for statuses in complete.statuses.values())  # each was continued
    assert len(complete.job.pools) == 3
    assert not list((complete.job.tracker.root / "unfinished").iterdir())


def test_the_rows_come_in_the_order_asked_for(complete: After) -> None:
    assert [row["run_key"] for row in complete.rows] == [run.key for run in complete.job.runs]
    assert [(row["experiment"], row["seed"]) for row in complete.rows] == [
        (name, seed) for name in ("am_a", "am_b") for seed in range(3)
    ]
    finished = complete.job.tracker.finished()
    assert [row["mlflow_run_id"] for row in complete.rows] == [finished[run.key].id for run in complete.job.runs]
    assert all(len(row["history"]["loss"]) == 3 and row["test_size"] == 50 for row in complete.rows)


def test_asked_twice_nothing_is_trained(complete: After, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(module, "Pool", never)
    assert complete.job.perform() == complete.rows
    assert complete.job.statuses() == complete.statuses


def test_every_run_has_its_figures_and_files_in_mlflow(complete: After, tmp_path: Path) -> None:
    client = complete.job.tracker.client
    for row in complete.rows:
        run = client.get_run(row["mlflow_run_id"])
        losses = client.get_metric_history(row["mlflow_run_id"], "loss")
        assert [(metric.step, metric.value) for metric in losses] == list(enumerate(row["history"]["loss"], 1))
        assert run.data.metrics["test_accuracy"] == row["metrics"]["test_accuracy"]
        assert run.data.tags["mlflow.parentRunId"] in {parent.info.run_id for parent in parents(complete.job)}
    names = {file.path for file in client.list_artifacts(complete.rows[0]["mlflow_run_id"])}
    pictures = {"confusion.png", "learning_curve.png"}
    assert names == {"result.json", "model.keras", "confusion.json", "examples", *pictures}
    model = client.download_artifacts(complete.rows[0]["mlflow_run_id"], "model.keras", str(tmp_path))
    assert "model.weights.h5" in zipfile.ZipFile(model).namelist()


def parents(job: Job) -> list[Any]:
    return job.tracker._search("tags.kind = 'experiment'")


def test_every_experiment_has_the_mean_of_its_seeds(complete: After) -> None:
    found = {parent.info.run_name: parent.data.metrics for parent in parents(complete.job)}
    for name in ("am_a", "am_b"):  # am_a was done before am_b failed
        values = [row["metrics"]["test_accuracy"] for row in complete.rows if row["experiment"] == name]
        assert found[name]["test_accuracy"] == pytest.approx(sum(values) / 3)
        assert found[name]["runs"] == 3


@pytest.mark.parametrize("status", ["KILLED", "FAILED", "RUNNING"])
def test_a_parent_that_was_closed_without_its_figures_gets_them(
    strings_windows: tuple[Params, Path], mlruns: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """As after a kill between the last seed and the parent, and `make reconcile`."""
    run, tracker = plan(*strings_windows)[0], Tracker(mlruns)
    monkeypatch.setattr(pool, "work", quick_worker.work)

    def again() -> list[Row]:
        return perform([run], tracker, lambda name: [], strings_windows[1], mlruns)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_close_parents", lambda *_: None)
        rows = again()
    parent = tracker.parent(run)
    tracker.client.set_terminated(parent, status)
    assert again() == rows
    found = tracker.client.get_run(parent)
    assert found.info.status == "FINISHED" and found.data.metrics["runs"] == 1


@pytest.fixture
def manifest(strings_windows: tuple[Params, Path]) -> Path:
    return strings_windows[1] / "automata/am_b/manifest.json"


@pytest.mark.parametrize("broken", [None, "", "{", "{}"])
def test_windows_that_are_not_there_are_said(
    strings_windows: tuple[Params, Path], manifest: Path, broken: str | None
) -> None:
    if broken is None:
        shutil.rmtree(manifest.parent)
    else:
        write_text(manifest, broken)
    missing = r"automata: the windows of 'am_b' for 2 seeds are .*run `dvc repro windows@automata`$"
    damaged = r"am_b/manifest\.json is not what was written (?s:.)*`make reproduce`, which makes it again$"
    with pytest.raises(UserError, match=missing if broken is None else damaged):
        plan(*strings_windows)


def test_more_seeds_than_there_are_windows_for_are_said(strings_windows: tuple[Params, Path]) -> None:
    with pytest.raises(UserError, match=r"'am_a' for 3 seeds are .*seed_2.*run `dvc repro windows@automata`$"):
        plan(strings_params(seeds=3), strings_windows[1])


class Refusing:
    """A pool that asks for every run, as the real one does."""

    def __init__(self, *_: Any) -> None:
        pass

    def run(self, runs: list[Run], begin: Any) -> Any:
        for run in runs:
            try:
                begin(run)
            except UserError as error:
                yield run, Failed(str(error))

    def close(self) -> None:
        pass


def test_what_another_process_trains_stays_its_own_in_mlflow(
    strings_windows: tuple[Params, Path], mlruns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = plan(*strings_windows)[0]
    tracker = Tracker(mlruns)
    other = tracker.begin(run, tracker.parent(run))
    tracker.client.set_tag(other, "process", "another")
    monkeypatch.setattr(module, "Pool", Refusing)
    directory = module.RunDirectory(mlruns / module.UNFINISHED, run.key)
    with directory.owned(), pytest.raises(UserError, match=r"another process \(.*\) trains this run"):
        perform([run], tracker, lambda name: [], strings_windows[1], mlruns)
    found = tracker.client.get_run(other)
    assert (found.info.status, found.data.tags["process"]) == ("RUNNING", "another")


def test_two_entries_with_one_recipe_train_once_and_each_has_its_names(
    tmp_path: Path, mlruns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"document": "000", "variant": "lstm", "units": 4, "epochs": 2, "samples": 100, "test": 50}
    entries = {
        "first": {**small, "protocol": "corrected"},
        "second": {**small, "protocol": "corrected", "labels": {"board": "strings", "entry": "again"}},
    }
    run = {"experiments": ["first", "second"], "seeds": 1}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"automata": entries}})
    inputs = Inputs(tmp_path, tmp_path, 1, params.sounds)
    FAMILIES["automata"].make_windows(list(params.experiments.values()), inputs, tmp_path / "windows/automata")
    runs = plan(params, tmp_path / "windows")
    assert runs[0].key == runs[1].key
    monkeypatch.setattr(pool, "work", quick_worker.work)
    rows = perform(runs, Tracker(mlruns), lambda name: [], tmp_path / "windows", tmp_path)
    assert [(row["experiment"], row["board"], row["entry"]) for row in rows] == [
        ("first", "", ""),
        ("second", "strings", "again"),
    ]
    assert len({row["mlflow_run_id"] for row in rows}) == 1
