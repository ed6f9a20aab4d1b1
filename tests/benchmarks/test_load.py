"""The load test: what is lost or doubled is found, processes share a store, writers lose nothing."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Failed

from benchmarks.load import __main__ as command
from benchmarks.load import account, flow_runs, report, store, trainings
from benchmarks.load.delivered import Delivered, faults
from benchmarks.load.logs import errors_in, errors_of
from benchmarks.load.memory import Memory, cpu_seconds, kind_of, watched
from benchmarks.load.services import dvc, make_checkout, mlflow_server, stage
from pipeline.base.files import digest, read_json
from pipeline.params import load
from pipeline.tracking.tracker import Tracker

PROCESSES, POINTS = 3, 60


def test_what_is_lost_doubled_or_not_asked_for_is_said() -> None:
    assert account.astray("the run", "abc", "cab") == []
    assert account.astray("the run", "abc", "abbx") == [
        "the run of c is lost",
        "the run of b is there 2 times",
        "the run of x was not asked for",
    ]
    assert account.not_all("the run", {"a": "FINISHED", "b": "RUNNING"}, "FINISHED") == ["the run of b is RUNNING"]


def test_points_are_counted_one_by_one() -> None:
    assert account.points_astray("a", [(1, 0.5), (2, 0.5)], [(2, 0.5), (1, 0.5)]) == []
    assert account.points_astray("a", [(1, 0.5), (2, 0.5)], [(1, 0.5), (1, 0.5), (2, 0.7)]) == [
        "a: 1 points are lost, 2 are doubled or wrong"
    ]


def test_the_overhead_is_what_workers_do_beside_the_epochs() -> None:
    assert account.overhead(wall=50, workers=4, training=100, trainings=100) == 1.0
    assert account.overhead(wall=25, workers=4, training=100, trainings=100) == 0.0


def test_the_experiments_train_alike_and_differ_in_their_test_parts_alone(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(trainings.params_of(3))
    params = load(tmp_path / "params.yaml")
    assert list(params.chosen()) == trainings.names_of(3) == ["am_000", "am_001", "am_002"]
    recipes = [experiment.recipe() for experiment in params.chosen().values()]
    assert [recipe.pop("test") for recipe in recipes] == [50, 51, 52]  # else they would be one run
    assert recipes[0] == recipes[1] == recipes[2] and recipes[0]["epochs"] == trainings.EPOCHS
    assert params.most_seeds("automata") == 1


def test_a_checkout_has_its_windows_by_dvc_as_by_the_stage(tmp_path: Path) -> None:
    for folder in (tmp_path / "dvc", tmp_path / "stage"):
        make_checkout(folder, trainings.params_of(2))
    dvc(tmp_path / "dvc", "repro", "-q", "windows")
    stage(tmp_path / "stage", "windows", "automata")
    made, peer = (sorted((tmp_path / name / "data/windows").rglob("*.npz")) for name in ("dvc", "stage"))
    assert [digest(path) for path in made] == [digest(path) for path in peer]
    assert [path.parent.name for path in made] == ["am_000", "am_001"]


def flow_run(name: str, state: Any, times: int = 1) -> FlowRun:
    return FlowRun(flow_id=uuid4(), parameters={"experiment": name, "seeds": 1}, state=state, run_count=times)


def test_a_flow_run_that_failed_or_was_begun_twice_is_said() -> None:
    runs = [flow_run("a", Completed()), flow_run("b", Completed(), 2), flow_run("c", Failed()), flow_run("d", None, 0)]
    assert flow_runs.states(runs) == {
        "a": "completed",
        "b": "completed, begun 2 times",
        "c": "failed, begun 1 times",
        "d": "without a state, begun 0 times",
    }


def delivered(name: str, loss: list[float], status: str = "FINISHED") -> Delivered:
    row = {"history": {"loss": [0.5, 0.25]}} if status == "FINISHED" else None
    return Delivered(name, status, row, list(enumerate(loss, 1)))


def test_what_mlflow_does_not_hold_once_and_finished_is_said() -> None:
    parents = {"a": ["FINISHED"], "b": ["FINISHED"]}
    assert faults("ab", [delivered("a", [0.5, 0.25]), delivered("b", [0.5, 0.25])], parents) == []
    left = [delivered("a", [0.5]), delivered("c", [], "RUNNING"), delivered("c", [0.5, 0.25])]
    assert faults("abc", left, {"a": ["FINISHED"] * 2, "b": ["FINISHED"], "c": ["RUNNING"]}) == [
        "the run of b is lost",
        "the run of c is there 2 times",
        "the parent of a is there 2 times",
        "the parent of c is RUNNING",
        "a: 1 points are lost, 0 are doubled or wrong",
    ]
    assert "the run of c is RUNNING" in faults("c", left[1:2], {"c": ["FINISHED"]})


def test_other_bits_are_said() -> None:
    rows = [{"weights_sha256": "a"}, {"weights_sha256": "a"}, {"weights_sha256": "b"}]
    assert trainings.different(rows[:2]) == []
    assert trainings.different(rows) == ["the trainings came to 2 kinds of weights"]


LOG = """Starting
01:17:07.643 | ERROR   | prefect.server - Encountered error during state validation
Traceback (most recent call last):
  File "cursor.py", line 40, in execute
sqlite3.OperationalError: database is locked
01:17:08.643 | INFO    | prefect.server - ERROR is a word
01:17:09.643 | ERROR   | prefect.server - Something else
"""


def test_each_error_in_a_log_is_a_fault(tmp_path: Path) -> None:
    assert list(errors_of("Worker started\n")) == []
    (tmp_path / "prefect.log").write_text(LOG)
    (tmp_path / "mlflow.log").write_text("INFO: a\nTraceback (most recent call last):\nValueError: 1\n")
    assert errors_in(tmp_path) == [
        "mlflow.log holds an error: Traceback (most recent call last):",
        "prefect.log holds an error: | ERROR   | prefect.server - Encountered error during state validation",
        "prefect.log holds an error: | ERROR   | prefect.server - Something else",
    ]


def test_the_processes_of_the_services_are_told_apart() -> None:
    assert kind_of(["python", "-c", "from multiprocessing.spawn import spawn_main; spawn_main(1)"]) == "training"
    assert kind_of(["python", "-m", "prefect", "worker", "start", "--pool", "gpu"]) == "worker"
    assert kind_of(["python", "-m", "uvicorn", "mlflow.server.fastapi_app:app"]) == "MLflow server"
    assert kind_of(["python", "-m", "flows.server"]) == "Prefect server"
    assert kind_of(["sleep"]) == "other"


def test_the_peak_of_a_process_stays_when_it_is_gone() -> None:
    here, memory = psutil.Process(), Memory()
    memory.look([here, here])
    (kind,) = memory.peaks
    peak, all_mb = memory.peaks[kind], memory.all_mb
    memory.look([])
    assert memory.peaks == {kind: peak} and memory.most == {kind: 2} and memory.all_mb == all_mb > 0
    assert memory.peaks[kind] >= here.memory_info().rss / 2**20 / 2
    assert cpu_seconds([here]) > 0 == cpu_seconds([])


def test_the_watch_ends_with_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.load.memory._EVERY", 0.001)
    looks = []

    def tree() -> list[psutil.Process]:
        looks.append(1)
        return []

    with watched(tree):
        while not looks:
            pass
    many = len(looks)
    assert many and len(looks) == many


def side(wall: float, cpu: float, seconds: list[float]) -> trainings.Side:
    return trainings.Side(wall, cpu, [{"metrics": {"train_seconds": value}} for value in seconds])


def test_the_row_and_the_tables_of_the_trainings() -> None:
    memory = Memory()
    memory.peaks, memory.most, memory.all_mb = (
        {"worker": 100.4, "training": 1000.0},
        Counter(worker=5, training=4),
        1500.0,
    )
    load = trainings.Load(side(10, 8, [1.0, 1.0]), side(40, 32, [2.0, 2.0]), 15.0, memory, ["the run of a is lost"])
    row = report.load_row(load, trainings=2, workers=4, cores=2)
    assert row["services"] == {
        **{"wall_s": 40, "wall_each_s": 20, "cpu_each_s": 16, "epochs_each_s": 2},
        **{"overhead_each_s": 78, "flow_run_s": 15},
    }
    assert row["plain stage"]["overhead_each_s"] == 9
    assert row["ratio"] == row["cpu_ratio"] == 0.25 and row["faults"] == ["the run of a is lost"]
    lines = report.load_table(row).splitlines()
    assert "| a worker's time a training beside its epochs, s | 78.00 | 9.00 |" in lines
    assert "| worker | 5 | 100 |" in lines
    assert lines[-1] == "| all together, shared pages counted in each | | 1500 |"


def test_the_row_of_a_store() -> None:
    assert report.store_line(report.store_row("touch", None, 2.0, [])) == "touch: 2.00 s; 0 faults"
    assert report.store_line(report.store_row("write", 0.5, 2.0, ["a"])) == "write: 2.00 s, one alone 0.50 s; 1 faults"


@pytest.fixture
def sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The sections of the command, none at first, in a folder of the test; SIGTERM means afterwards what it meant."""
    found: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "SECTIONS", found)
    monkeypatch.setattr("sys.argv", ["load", "--writers", "2"])
    kept = signal.getsignal(signal.SIGTERM)
    yield found
    signal.signal(signal.SIGTERM, kept)


def test_the_command_writes_what_it_found(sections: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    sections["touch"] = lambda folder, asked: [report.store_row(f"{asked.writers} processes", None, 1.0, [])]
    command.main()
    assert read_json(command.REPORT) == [{"work": "2 processes", "seconds": 1.0, "faults": []}]
    assert capsys.readouterr().out.splitlines() == [
        "load: 2 processes: 1.00 s; 0 faults",
        "load: nothing is lost, doubled or wrong",
    ]


def test_the_command_fails_if_anything_is_lost(sections: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    sections["touch"] = lambda folder, asked: [report.store_row("touch", None, 1.0, ["the run of a is lost"])]
    with pytest.raises(SystemExit) as left:
        command.main()
    said = capsys.readouterr()
    assert left.value.code == 1 and "load: the run of a is lost" in said.out
    assert said.err == "load: 1 things are lost, doubled or wrong; they are named above\n"


def test_what_a_section_has_started_ends_when_the_command_is_terminated(sections: dict[str, Any]) -> None:
    ended = []

    def section(folder: Path, asked: Any) -> list[Any]:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        finally:
            ended.append(folder)
        return []

    sections["touch"] = section
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 130 and len(ended) == 1 and not ended[0].exists()


@pytest.fixture(scope="module")
def touched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that processes have touched at once, and written to at once afterwards."""
    root = tmp_path_factory.mktemp("touched") / "mlruns"
    _, found = store.first_touch(root, PROCESSES)
    assert found == []
    return root


def test_processes_that_touch_an_empty_store_at_once_share_it(touched: Path) -> None:
    tracker = Tracker(touched)
    experiments = [found.name for found in tracker.client.search_experiments()]
    assert sorted(experiments) == ["Default", "reprise", "reprise/automata"]
    assert sorted(tracker.finished()) == [store.run_of(seed).key for seed in range(PROCESSES)]


def test_what_is_missing_from_a_store_is_said(touched: Path) -> None:
    assert store.faults(touched, range(PROCESSES + 1), store.SERIES) == [
        f"the run of am_load · seed {PROCESSES} is lost"
    ]
    one_more = store.faults(touched, range(PROCESSES), store.SERIES + 1)
    assert "am_load · seed 0: 1 points are lost, 0 are doubled or wrong" in one_more and len(one_more) == PROCESSES


@pytest.mark.parametrize("served", [False, True], ids=["sqlite", "server"])
def test_every_point_of_writers_at_once_is_there(mlruns: Path, served: bool) -> None:
    seeds = range(2)
    if served:
        with mlflow_server(mlruns.parent) as address:
            _, errors = store.write_at_once(mlruns, seeds, POINTS, {"MLFLOW_TRACKING_URI": address})
    else:
        _, errors = store.write_at_once(mlruns, seeds, POINTS, {})
    assert errors + store.faults(mlruns, seeds, POINTS) == []
