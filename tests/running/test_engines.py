"""What trains: which engine is chosen, and that of JAX through the pool to the rows."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.experiments.registry import FAMILIES
from pipeline.networks import runtime
from pipeline.networks.runtime import start_jax
from pipeline.params import Params
from pipeline.running import devices, engines
from pipeline.running.devices import Slot
from pipeline.running.engines import engine_of
from pipeline.running.events import EpochEnd, Failed, Finished
from pipeline.running.plan import plan_one
from pipeline.running.pool import Pool, stacked
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import Task, train_stack
from pipeline.training.trainer import StackTrainer
from tests.conftest import strings_params
from tests.made_runs import all_rows, make_windows


def test_a_cpu_trains_on_tensorflow_and_a_gpu_on_jax_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert engine_of("auto") == "tensorflow" and engine_of("jax") == "jax"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert engine_of("auto") == "tensorflow"
    monkeypatch.setattr(devices, "find_spec", lambda name: "there")
    assert engine_of("auto") == "jax" and engine_of("tensorflow") == "tensorflow"


def test_a_jax_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"run\.engine: JAX is not installed; run `make setup`"):
        engine_of("jax")


@pytest.mark.parametrize("error", [AssertionError(), RuntimeError("no CUDA driver\nmore")])
def test_a_device_that_jax_does_not_reach_is_said_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(device: object) -> None:
        raise error

    monkeypatch.setattr(runtime, "start_jax", fail)
    with pytest.raises(UserError, match=r"JAX cannot use its device \((no CUDA driver|it does not .*)\); `make"):
        engines.start("jax", {"CUDA_VISIBLE_DEVICES": "0"})


def test_a_stack_is_of_one_experiment(strings_windows: tuple[Params, Path]) -> None:
    params, windows = strings_windows
    first, other = (plan_one(params.experiments[name], 2, windows, "jax") for name in ("am_a", "am_b"))
    mixed = [first[0], other[0], first[1], other[1]]
    assert stacked(mixed, other[0], 5) == other and stacked(mixed, first[0], 1) == first[:1]


def test_jax_trains_the_seeds_of_an_experiment_side_by_side(
    strings_windows: tuple[Params, Path], tmp_path: Path
) -> None:
    params, windows = strings_windows
    runs = plan_one(params.experiments["am_a"], 2, windows, "jax")
    pool = Pool([Slot("jax", {"CUDA_VISIBLE_DEVICES": "-1"})], windows, tmp_path / "unfinished")
    try:
        events = list(pool.run(runs))
    finally:
        pool.close()
    assert not [event for _, event in events if isinstance(event, Failed)]
    epochs = [(run.seed, event.epoch) for run, event in events if isinstance(event, EpochEnd)]
    assert epochs == [(seed, epoch) for epoch in (1, 2, 3) for seed in (0, 1)]
    rows = [event.row for _, event in events if isinstance(event, Finished)]
    assert [(row["seed"], row["engine"]) for row in rows] == [(0, "jax"), (1, "jax")]
    assert all((tmp_path / f"unfinished/{run.key}/artifacts/model.keras").is_file() for run in runs)


def rows_of(windows: Path, unfinished: Path, seeds: list[int], tell: Any = None) -> list[tuple[str, int]]:
    """Train seeds of am_a, a checkpoint after every epoch: the digest of each, and the epochs it had done before."""
    params = strings_params()
    every = {run.seed: run for run in plan_one(params.experiments["am_a"], 3, windows, "jax")}
    resumed = dict.fromkeys(seeds, 0)

    def task(seed: int) -> Task:
        def hear(history: dict[str, list[float | None]]) -> None:
            resumed[seed] = len(history["loss"])

        def report(epoch: int, metrics: dict[str, float]) -> None:
            if tell:
                tell.send((seed, epoch))

        return Task(every[seed], RunDirectory(unfinished, every[seed].key), "id", report, hear)

    given = [task(seed) for seed in seeds], FAMILIES["automata"], StackTrainer(), windows / "automata"
    return [(row["weights_sha256"], resumed[row["seed"]]) for row in all_rows(train_stack(*given, 0.0))]


def train_until_killed(pipe: Any, windows: Path, unfinished: Path) -> None:
    """Train all, in a process of its own."""
    start_jax()
    rows_of(windows, unfinished, [0, 1, 2], pipe)


def test_a_stack_killed_in_the_middle_goes_on_to_the_same_bits_in_another(
    tmp_path: Path, jax_process: ProcessPoolExecutor
) -> None:
    params = strings_params(seeds=3)
    windows = make_windows(params, "automata", tmp_path / "windows").parent
    whole = jax_process.submit(rows_of, windows, tmp_path / "whole", [0, 1, 2]).result()
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=train_until_killed, args=(theirs, windows, tmp_path / "killed"))
    process.start()
    while ours.recv() != (0, 2):  # then the checkpoints of the first epoch are written
        pass
    process.kill()
    process.join()
    found = jax_process.submit(rows_of, windows, tmp_path / "killed", [1, 0]).result()
    assert [sha for sha, _ in found] == [whole[1][0], whole[0][0]]
    assert all(epochs > 0 for _, epochs in found)
