"""The costs around the epochs: two workers against one, the next run of a warm worker, many seeds, and overheads.

All with the documents' LSTM(20) on urban sound, 400x100x10, on 365 synthetic clips (`clips`).
"""

import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.clips import params_of, write_windows
from pipeline.perform import perform
from pipeline.running.devices import Slot
from pipeline.running.events import Failed, Finished
from pipeline.running.plan import plan
from pipeline.running.pool import Pool
from pipeline.running.train_run import CHECKPOINT_SECONDS
from pipeline.spec.run import Run
from pipeline.training.checkpoints import Checkpoint, save

Row = dict[str, Any]
EPOCHS = 20  # of the short runs
SEEDS = (1, 4, 16)
CPU = Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})


def row_of(work: str, peer: str, ours: Sequence[float], theirs: Sequence[float], **more: float) -> Row:
    """Build a row from seconds: median, minimum and maximum in ms, ratio theirs / ours."""
    row: Row = {"work": work, "peer": peer, "runs": len(ours), "ratio": median(theirs) / median(ours), **more}
    for side, seconds in (("ours", ours), ("theirs", theirs)):
        figures = {"": median(seconds), "_min": min(seconds), "_max": max(seconds)}
        row |= {f"{side}{name}_ms": value * 1000 for name, value in figures.items()}
    return row


def _train(pool: Pool, runs: Sequence[Run], unfinished: Path) -> tuple[float, list[Row]]:
    """Train runs, and return (wall seconds, rows)."""
    shutil.rmtree(unfinished, ignore_errors=True)  # otherwise a run would resume from its last checkpoint
    start, rows = time.perf_counter(), []
    for run, event in pool.run(list(runs)):
        if isinstance(event, Failed):
            raise RuntimeError(f"{run.title}: {event.message}")
        rows += [event.row] if isinstance(event, Finished) else []
    return time.perf_counter() - start, rows


def _peak_mb(pool: Pool) -> float:
    """Read the peak memory of the largest worker of a pool, in MB."""
    status = [Path(f"/proc/{worker.process.pid}/status").read_text() for worker in pool._workers]
    lines = [line for text in status for line in text.splitlines() if "VmHWM" in line]
    return max(int(line.split()[1]) for line in lines) / 1024


def throughput(windows: Path, unfinished: Path, repeats: int) -> Iterator[Row]:
    """Yield the rows of two workers against one, in turns, and of later runs against the first."""
    runs = plan(params_of(4, EPOCHS), windows)
    one, two = Pool([CPU], windows, unfinished), Pool([CPU, CPU], windows, unfinished)
    try:
        first = _train(one, runs[:1], unfinished)
        _train(two, runs[:2], unfinished)
        turns = [(_train(two, runs, unfinished), _train(one, runs[:2], unfinished)) for _ in range(repeats)]
    finally:
        one.close()
        two.close()
    yield row_of(
        "a run, two workers", "one worker", [wall / 4 for (wall, _), _ in turns], [w / 2 for _, (w, _) in turns]
    )
    beside = [(wall - sum(row["metrics"]["train_seconds"] for row in rows)) / 2 for _, (wall, rows) in turns]
    cold = first[0] - first[1][0]["metrics"]["train_seconds"]
    yield row_of("what a run costs beside its epochs, warm", "cold: start, import, compile", beside, [cold])


def seeds_growth(windows: Path, unfinished: Path, repeats: int) -> Iterator[Row]:
    """Yield a row for 4 and 16 seeds: seconds per seed against those of one seed, and the peak memory of the worker."""
    runs = plan(params_of(max(SEEDS), EPOCHS), windows)
    found: dict[int, list[float]] = {seeds: [] for seeds in SEEDS}
    peaks: dict[int, float] = {}
    pool = Pool([CPU], windows, unfinished)
    try:
        _train(pool, runs[:1], unfinished)
        for _ in range(repeats):
            for seeds in SEEDS:
                found[seeds].append(_train(pool, runs[:seeds], unfinished)[0] / seeds)
                peaks.setdefault(seeds, _peak_mb(pool))
    finally:
        pool.close()
    for seeds in SEEDS[1:]:
        yield row_of(f"a seed of {seeds}", "of one", found[seeds], found[1], peak_mb=peaks[seeds])


def _checkpoint_seconds(folder: Path) -> float:
    """Measure the CPU seconds of one checkpoint: the weights and Adam's moments of the documents' LSTM(20)."""
    arrays = [np.zeros(9890, np.float32)] * 3
    start = time.process_time()
    for epoch in range(20):
        save(folder / "checkpoints", Checkpoint(epoch, {"state": arrays}, {"history": {"loss": [0.1] * 500}}))
    return (time.process_time() - start) / 20


@contextmanager
def _clocked(module: ModuleType, names: Sequence[str]) -> Iterator[list[float]]:
    """Yield a list to which every call of these functions of a module appends its CPU seconds."""
    spent: list[float] = []
    kept = {name: getattr(module, name) for name in names}

    def clock(function: Callable[..., Any], *given: Any) -> Any:
        start = time.process_time()
        result = function(*given)
        spent.append(time.process_time() - start)
        return result

    for name, function in kept.items():
        setattr(module, name, partial(clock, function))
    try:
        yield spent
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


def overheads(windows: Path, folder: Path, repeats: int) -> Iterator[Row]:
    """Yield the rows of a run of 100 epochs: the CPU time that the parent process adds to that of the training.

    The parent does everything but the training. One-time costs such as imports are left out; pictures are counted
    separately.
    """
    from pipeline.tracking import artifacts
    from pipeline.tracking.tracker import Tracker

    runs = plan(params_of(repeats + 1, 100), windows)
    tracker = Tracker(folder / "mlruns")
    alone, tracked, pictured = [], [], []
    for run in runs:
        with _clocked(artifacts, ("write_run", "write_experiment")) as pictures:
            start = time.process_time()
            (row,) = perform([run], tracker, lambda name: [], windows, folder)
            added = time.process_time() - start
        seconds = row["metrics"]["train_seconds"]
        kept = _checkpoint_seconds(folder) * math.ceil(seconds / CHECKPOINT_SECONDS)
        alone.append(seconds)
        tracked.append(seconds + added - sum(pictures) + kept)
        pictured.append(seconds + sum(pictures))
    yield row_of("100 epochs of urban sound", "with tracking, checkpoints, progress", alone[1:], tracked[1:])
    yield row_of("100 epochs of urban sound", "with pictures", alone[1:], pictured[1:])


def measure(repeats: int = 5) -> list[Row]:
    """Measure all rows of this module."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_windows(folder / "windows", max(SEEDS))
        rows = [*throughput(folder / "windows", folder / "unfinished", repeats)]
        rows += seeds_growth(folder / "windows", folder / "unfinished", min(repeats, 3))
        rows += overheads(folder / "windows", folder, repeats)
        return rows
