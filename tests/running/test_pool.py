"""The pool: a worker keeps to its experiment, and what happens to one worker does not stop the others."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.params import Params
from pipeline.running import pool as pool_module
from pipeline.running.devices import Slot
from pipeline.running.events import EpochEnd, Event, Failed, Finished
from pipeline.running.plan import plan, plan_one
from pipeline.running.pool import Pool, choose
from pipeline.spec.run import Run
from tests import quick_worker
from tests.quick_worker import DEADLY, ENDLESS

Windows = tuple[Params, Path]


@pytest.fixture
def runs(strings_windows: Windows) -> list[Run]:
    """The seeds 0 and 1 of am_a, then of am_b."""
    return plan(*strings_windows)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "work", quick_worker.work)


@pytest.fixture
def pool(quick: None, strings_windows: Windows, tmp_path: Path) -> Iterator[Pool]:
    pool = Pool([Slot("tensorflow", {})] * 2, strings_windows[1], tmp_path / "unfinished")
    yield pool
    pool.close()


def test_a_worker_keeps_to_its_experiment_while_that_has_more(runs: list[Run]) -> None:
    a, b = runs[0].experiment, runs[2].experiment
    assert choose(runs, "am_b", [a]) is runs[2]
    assert choose(runs, "am_b", [a, b]) is runs[2]


def test_else_it_takes_an_experiment_that_no_other_works_on(runs: list[Run]) -> None:
    assert choose(runs, "", []) is runs[0]
    assert choose(runs, "", [runs[0].experiment]) is runs[2]
    assert choose(runs, "am_z", [runs[0].experiment]) is runs[2]


def test_else_it_helps_with_the_first(runs: list[Run]) -> None:
    a, b = runs[0].experiment, runs[2].experiment
    assert choose(runs, "", [a, b]) is runs[0]
    assert choose(runs[1:2], "am_b", [a]) is runs[1]


def test_families_train_side_by_side(runs: list[Run]) -> None:
    names = ("a", "automata"), ("c", "automata"), ("d", "automata"), ("e", "digits")
    busy, c, d, digits = (of(runs[0], *one) for one in names)
    waiting = [c, d, digits]
    assert choose(waiting, "", [busy.experiment]) is digits
    assert choose(waiting, "", [busy.experiment, digits.experiment]) is c
    assert choose(waiting[:2], "", [busy.experiment]) is c


def test_on_a_gpu_what_has_no_kernel_goes_first(runs: list[Run]) -> None:
    kernel, scan = runs[0], of(runs[0], "b", "automata")
    scan = replace(scan, experiment=scan.experiment.model_copy(update={"variant": "min_gru"}))
    forest = replace(kernel, experiment=kernel.experiment.model_copy(update={"name": "c", "variant": "forest"}))
    assert choose([forest, kernel, scan], "", [], gpu=True) is scan
    assert choose([forest, kernel], "", [], gpu=True) is forest
    assert choose([kernel, scan], "", []) is kernel


def test_only_workers_of_an_engine_are_in_the_way_of_another(pool: Pool, runs: list[Run]) -> None:
    pool._workers[0].runs, pool._workers[0].left = [runs[0]], {0}
    assert pool._busy("tensorflow") == [runs[0].experiment]
    assert pool._busy("jax") == []
    pool._workers[0].left.clear()
    assert pool._busy("tensorflow") == []


def of(run: Run, name: str, family: str) -> Run:
    """A run of another experiment."""
    return replace(run, experiment=run.experiment.model_copy(update={"name": name, "family": family}))


def test_every_run_is_started_heard_of_and_done(pool: Pool, runs: list[Run], tmp_path: Path) -> None:
    heard: dict[str, list[Event]] = {run.key: [] for run in runs}
    begun: list[str] = []
    for run, event in pool.run(runs, lambda run: begun.append(run.key) or "id"):
        heard[run.key].append(event)
    assert [[type(event) for event in events] for events in heard.values()] == [[*[EpochEnd] * 3, Finished]] * 4
    assert all(heard[run.key][-1].row["experiment"] == run.experiment.name for run in runs)
    assert sorted(begun) == sorted(heard)
    assert all((tmp_path / f"unfinished/{run.key}/artifacts/model.keras").is_file() for run in runs)
    processes = [worker.process for worker in pool._workers]
    pool.close()
    assert not any(process.is_alive() for process in processes)


def test_a_killed_worker_fails_its_run_and_the_other_goes_on(pool: Pool, runs: list[Run]) -> None:
    endless = replace(runs[0], seed=ENDLESS)
    ends: dict[str, Event] = {}
    for run, event in pool.run([endless, *runs[1:]]):
        if isinstance(event, EpochEnd) and run is endless:
            pid = next(worker.process.pid for worker in pool._workers if endless in worker.runs)
            assert pid
            os.kill(pid, signal.SIGKILL)
        elif isinstance(event, Finished | Failed):
            ends[run.title] = event
    assert ends.pop(endless.title) == Failed("its process ended with status -9", died=True)
    assert {title: type(event) for title, event in ends.items()} == {run.title: Finished for run in runs[1:]}


def test_workers_that_cannot_start_fail_the_rest_with_the_reason(pool: Pool, runs: list[Run]) -> None:
    for worker in pool._workers:
        worker.process.kill()
        worker.process.join()
    why = "a worker could not start: its process ended with status -9"
    events = list(pool.run(runs[:2]))
    assert events == [(run, Failed(why, died=True)) for run in runs[:2]]


def test_a_worker_that_cannot_start_is_named_while_the_others_train(
    pool: Pool, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    first = pool._workers[0]
    first.process.kill()
    first.process.join()
    assert [type(event) for _, event in pool.run(runs[:1])][-1] is Finished
    said = "train: a worker could not start: its process ended with status -9; the other workers go on"
    assert said in capsys.readouterr().out


def test_a_worker_that_died_idle_is_replaced(pool: Pool, runs: list[Run]) -> None:
    assert [type(event) for _, event in pool.run(runs[:1])][-1] is Finished
    first = [worker.process for worker in pool._workers]
    for process in first:
        process.kill()
        process.join()
    assert [type(event) for _, event in pool.run(runs[1:2])][-1] is Finished
    assert not {process.pid for process in first} & {worker.process.pid for worker in pool._workers}


def test_a_run_that_kills_its_worker_every_time_ends_no_other(
    quick: None, strings_windows: Windows, runs: list[Run], tmp_path: Path
) -> None:
    pool = Pool([Slot("tensorflow", {})], strings_windows[1], tmp_path / "unfinished")
    deadly = replace(runs[0], seed=DEADLY)
    ends = [(run, event) for run, event in pool.run([deadly, *runs[1:]]) if isinstance(event, Finished | Failed)]
    pool.close()
    assert ends[0] == (deadly, Failed("its process ended with status 139", died=True))
    assert [type(event) for _, event in ends[1:]] == [Finished] * 3


def test_a_worker_that_has_compiled_many_programs_is_replaced(
    quick: None, strings_windows: Windows, runs: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "MOST_PROGRAMS", 1)
    pool = Pool([Slot("tensorflow", {})], strings_windows[1], tmp_path / "unfinished")
    pids = set()
    for _, event in pool.run([runs[0], runs[2]]):
        if isinstance(event, Finished):
            pids.add(pool._workers[0].process.pid)
    pool.close()
    assert len(pids) == 2


def test_each_engine_trains_its_own_runs(quick: None, strings_windows: Windows, tmp_path: Path) -> None:
    params, windows = strings_windows
    mixed = [
        *plan_one(params.experiments["am_a"], 2, windows, "jax"),
        *plan_one(params.experiments["am_b"], 2, windows),
    ]
    pool = Pool([Slot("tensorflow", {}), Slot("jax", {})], windows, tmp_path / "unfinished")
    ends = [event for _, event in pool.run(mixed) if isinstance(event, Finished | Failed)]
    pool.close()
    assert (
        sorted(event.row["engine"] for event in ends if isinstance(event, Finished)) == ["jax"] * 2 + ["tensorflow"] * 2
    )


def test_runs_of_an_engine_without_workers_fail_and_the_others_go_on(
    pool: Pool, strings_windows: Windows, runs: list[Run]
) -> None:
    params, windows = strings_windows
    stray = plan_one(params.experiments["am_a"], 1, windows, "jax")
    ends = {run.key: event for run, event in pool.run([*stray, *runs]) if isinstance(event, Finished | Failed)}
    assert ends.pop(stray[0].key) == Failed("no worker runs jax", died=True)
    assert [type(event) for event in ends.values()] == [Finished] * 4


@pytest.mark.parametrize(
    ("slot", "most"),
    [
        (Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"}), 1),
        (Slot("jax", {"CUDA_VISIBLE_DEVICES": "-1"}), 2),  # a stack has no more lanes on a CPU
        (Slot("jax", {"CUDA_VISIBLE_DEVICES": "0"}), 64),
    ],
)
def test_a_worker_gets_as_many_runs_as_its_stacks_have_lanes(slot: Slot, most: int, runs: list[Run]) -> None:
    assert runs[0].experiment.batch == 10
    assert pool_module.most_at_once(slot, runs[0]) == most
