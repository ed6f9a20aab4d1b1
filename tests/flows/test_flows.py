"""The flows, on a Prefect server of their own: the same runs as the stage, and a wrong parameter before all of them."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"

from prefect.exceptions import ParameterTypeError
from prefect.testing.utilities import prefect_test_harness

from flows import data, retries
from flows import reproduce as reproduce_module
from flows import train as train_module
from flows.reproduce import reproduce
from flows.sweep import sweep
from flows.train import only, title, train
from pipeline import perform
from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.params import load
from pipeline.running import calibration, costs, pool
from pipeline.running.devices import Slot
from pipeline.running.plan import plan
from pipeline.stages import windows
from pipeline.tracking.tracker import Tracker
from tests import quick_worker
from tests.made_results import CLAIMS

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

PARAMS = """
run: {seeds: 2}
sounds: {views: {}}
experiments:
  automata:
    am_64: {document: "000", variant: lstm, units: 4, epochs: 2, samples: 20, test: 10, labels: {quick: true}}
    am_b: {from: am_64, variant: relu_rnn, labels: {quick: true}}
    am_c: {from: am_64, variant: lstm_state}
"""


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def folder(mlruns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with windows on disk and workers that need no TensorFlow."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    for name in ("claims", "pyproject.toml", "dvc.yaml"):
        Path(name).symlink_to(CLAIMS.parent / name)
    monkeypatch.setattr("sys.argv", ["windows", "automata"])
    windows.main()
    monkeypatch.setattr(pool, "work", quick_worker.work)
    monkeypatch.setattr(perform, "slots", lambda runs: [Slot("tensorflow", {})])
    return tmp_path


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(perform, "Pool", never)


def test_the_server_of_prefect_can_be_imported() -> None:
    import prefect.server.api.server  # fails with a fastapi that is too new

    assert prefect.server.api.server.create_app


def test_one_experiment_is_trained_with_all_its_seeds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = train("am_c")
    assert [(row["experiment"], row["seed"]) for row in rows] == [("am_c", 0), ("am_c", 1)]
    assert all(row["mlflow_run_id"] for row in rows)
    monkeypatch.setattr(perform, "Pool", None)  # asked again, it starts no worker
    assert train("am_c", seeds=1) == rows[:1]


def test_a_machine_with_a_gpu_trains_an_experiment_where_it_costs_less(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GPU is pretended: the stand-ins make `lstm` a thousand times cheaper there."""
    monkeypatch.setattr(costs, "has_gpu", lambda: True)
    for module in (perform, calibration):
        monkeypatch.setattr(module, "slots", lambda runs: [Slot("jax", {}), Slot("tensorflow", {})])
    on_gpu, on_cores = train("am_64"), train("am_b")
    assert [(row["engine"], row["seed"]) for row in (*on_gpu, *on_cores)] == [
        *(("jax", seed) for seed in (0, 1)),
        *(("tensorflow", seed) for seed in (0, 1)),
    ]
    assert all(row["mlflow_run_id"] for row in (*on_gpu, *on_cores))
    monkeypatch.setattr(perform, "Pool", None)  # asked again, it measures and trains nothing
    monkeypatch.setattr(calibration, "Pool", None)
    assert train("am_64") == on_gpu and train("am_b") == on_cores


@pytest.mark.parametrize("seeds", [0, -1, 1001, "x", 1.5])
def test_a_wrong_number_of_seeds_is_refused(folder: Path, no_training: None, seeds: object) -> None:
    with pytest.raises(ParameterTypeError, match="seeds"):
        train("am_b", seeds=seeds)  # type: ignore[arg-type]
    assert not (folder / "mlruns/artifacts").exists()


def test_an_unknown_experiment_is_refused(folder: Path, no_training: None) -> None:
    with pytest.raises(UserError, match=r"'am_x' is not an experiment of params\.yaml; did you mean 'am_.+"):
        train("am_x")


def test_more_seeds_than_there_are_windows_for_are_refused(folder: Path, no_training: None) -> None:
    with pytest.raises(UserError, match="run `dvc repro windows@automata`"):
        train("am_b", seeds=3)


def test_the_params_of_a_flow_are_those_of_the_file_but_for_its_choice(folder: Path) -> None:
    params = load()
    chosen = only(params, "am_c", 5)
    assert [(name, chosen.seeds_of(one)) for name, one in chosen.chosen().items()] == [("am_c", 5)]
    assert [chosen.seeds_of(one) for chosen in [only(params, "am_c", None)] for one in chosen.chosen().values()] == [2]
    assert params.run.seeds == 2


def test_a_flow_run_has_a_name_for_people() -> None:
    assert (title("am_64", 1), title("am_64", 10)) == ("am_64 · 1 seed", "am_64 · 10 seeds")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What DVC is asked for, which is not run."""
    words: list[str] = []
    monkeypatch.setattr(data, "dvc", lambda *given: words.extend(given))
    return words


def test_the_river_runs_as_a_flow(folder: Path, asked: list[str]) -> None:
    reproduce()
    assert asked == ["repro", "windows"]
    rows = read_json(folder / "reports/results.json")
    assert [(row["experiment"], row["seed"]) for row in rows] == [
        (name, seed) for name in ("am_64", "am_b") for seed in (0, 1)
    ]
    assert read_json(folder / "reports/claims.json") and read_json(folder / "reports/verdicts.json")
    assert "am_64" in (folder / "reports/index.html").read_text(encoding="utf-8")
    (champion,) = Tracker(folder / "mlruns").client.search_registered_models()
    assert (champion.name, list(champion.aliases)) == ("automata", ["champion"])


def test_what_a_flow_is_asked_for_stands_in_params_yaml(folder: Path, asked: list[str]) -> None:
    reproduce(experiments=["am_c"], seeds=1)
    assert (load().run.experiments, load().run.seeds, load().run.originals) == (["am_c"], 1, False)
    assert [row["experiment"] for row in read_json(folder / "reports/results.json")] == ["am_c"]


@pytest.mark.parametrize("wrong", [{"experiments": "some"}, {"seeds": 0}, {"originals": "yes, please"}])
def test_a_wrong_parameter_is_refused_before_anything_starts(folder: Path, asked: list[str], wrong: Any) -> None:
    with pytest.raises(ParameterTypeError):
        reproduce(**wrong)
    assert asked == []


def test_an_unknown_experiment_changes_no_file(folder: Path, asked: list[str]) -> None:
    with pytest.raises(UserError, match="'am_x' is not an experiment"):
        reproduce(experiments=["am_x"])
    assert asked == [] and (folder / "params.yaml").read_text() == PARAMS


def test_data_that_do_not_come_end_the_flow(folder: Path, no_training: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*words: str) -> NoReturn:
        raise UserError("dvc repro windows ended with status 3")

    monkeypatch.setattr(data, "dvc", fails)
    with pytest.raises(UserError, match="status 3"):
        reproduce()
    assert not (folder / "reports/results.json").exists()


def test_a_flow_run_that_crashes_again_and_again_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "flow_run", SimpleNamespace(run_count=retries.MOST_CRASHES + 1))
    with pytest.raises(UserError, match="it crashed 5 times"):
        retries.end_after_many_crashes()
    monkeypatch.setattr(retries, "flow_run", SimpleNamespace(run_count=retries.MOST_CRASHES))
    retries.end_after_many_crashes()


def test_the_sweep_is_the_reproduction_with_the_grid(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import sweep as sweep_module

    done: list[tuple[bool, int]] = []
    monkeypatch.setattr(sweep_module, "run_all", lambda: done.append((load().run.sweep, load().run.seeds)))
    sweep(seeds=1)
    assert done == [(True, 1)]


def test_the_experiments_go_through_the_pool_where_there_is_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[object] = []
    monkeypatch.setattr(reproduce_module, "deployment", SimpleNamespace(id="a deployment"))
    monkeypatch.setattr(reproduce_module, "ask_for", lambda params: list(params.chosen()))
    monkeypatch.setattr(reproduce_module, "wait_for", waited.append)
    reproduce_module.train_all()
    assert waited == [["am_64", "am_b"]]


@pytest.fixture
def begun(folder: Path) -> tuple[Tracker, str]:
    """A tracker, and the parent of a run that has begun and was stopped, as `perform` leaves it."""
    tracker = Tracker(folder / "mlruns")
    (run,) = plan(only(load(), "am_c", 1), folder / "data/windows")
    parent = tracker.parent(run)
    tracker.stop(tracker.begin(run, parent), "KILLED")
    return tracker, parent


@pytest.mark.parametrize("end", [UserError("1 of 2 runs failed"), KeyboardInterrupt(), SystemExit(143)])
def test_a_training_that_ends_before_its_time_closes_its_parent(begun: tuple[Tracker, str], end: BaseException) -> None:
    tracker, parent = begun
    assert tracker.client.get_run(parent).info.status == "RUNNING"
    with pytest.raises(type(end)), train_module.closing():
        raise end
    assert tracker.client.get_run(parent).info.status == "KILLED"


def test_the_flow_closes_the_parent_too(begun: tuple[Tracker, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def train_runs(*_: object) -> NoReturn:
        raise UserError("1 of 2 runs failed")

    monkeypatch.setattr(train_module, "train_runs", train_runs)
    with pytest.raises(UserError):
        train("am_c", seeds=1)
    tracker, parent = begun
    assert tracker.client.get_run(parent).info.status == "KILLED"
