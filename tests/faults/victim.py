"""Performs one run and is killed with SIGKILL at a moment: `python -m tests.faults.victim FOLDER MOMENT EPOCH`.

The moments of the worker: `write` (before a checkpoint is written), `half` (half of it is), `rename` (before it gets
its name), `renamed` (after). Those of the parent: `log` and `logged` (before and after figures go to the tracker),
`finish` and `finished` (before and after the result does). `none` lets it live.
"""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from pipeline.params import Params
from pipeline.perform import perform
from pipeline.running import pool as pool_module
from pipeline.running import train_run, worker
from pipeline.running.events import EpochEnd, Event
from pipeline.running.plan import plan
from pipeline.spec.recurrent import Recurrent
from pipeline.training import checkpoints
from pipeline.training.rows import Row
from tests.conftest import strings_params

EPOCHS = 7
_MOMENT = "REPRISE_TEST_MOMENT"


def params() -> Params:
    """One seed of an LSTM with both kinds of dropout, and early stopping that keeps the best weights."""
    given = strings_params(seeds=1)
    recurrent = Recurrent(dropout=0.2, recurrent_dropout=0.3)
    changes = {"recurrent": recurrent, "epochs": EPOCHS, "patience": 6}
    return given.model_copy(update={"experiments": {"am_a": given.experiments["am_a"].model_copy(update=changes)}})


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
    raise AssertionError


def half(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content[: len(content) // 2])
        stream.flush()
        die()


def renamed(path: Path, target: Path) -> None:
    path.rename(target)
    die()


def save(moment: str, epoch: int, folder: Path, checkpoint: checkpoints.Checkpoint) -> None:
    """Save a checkpoint, or die in the middle of it."""
    patches: dict[str, tuple[str, Any]] = {
        "half": ("write_bytes", half),
        "rename": ("replace", die),
        "renamed": ("replace", renamed),
    }
    if checkpoint.epoch == epoch and moment == "write":
        die()
    if checkpoint.epoch == epoch and moment in patches:
        setattr(Path, *patches[moment])
    checkpoints.save(folder, checkpoint)


class Waiting:
    """A pipe whose worker waits for its end after the figures of an epoch, so that the parent dies at that point."""

    def __init__(self, pipe: Connection, epoch: int) -> None:
        self._pipe, self._epoch = pipe, epoch
        self.recv = pipe.recv

    def send(self, told: tuple[int, Event]) -> None:
        self._pipe.send(told)
        _, event = told
        if isinstance(event, EpochEnd) and event.epoch == self._epoch:
            signal.pause()


def work(pipe: Connection, windows: Path, unfinished: Path, device: Mapping[str, str], engine: str) -> None:
    """Stand in for `pipeline.running.worker.work`: a checkpoint after every epoch, and death at the moment."""
    moment, epoch = os.environ[_MOMENT].split()
    train_run.save = partial(save, moment, int(epoch))  # type: ignore[assignment]
    worker.train_run = partial(worker.train_run, every=0.0)  # type: ignore[assignment]
    if moment in ("log", "logged"):
        pipe = Waiting(pipe, int(epoch))  # type: ignore[assignment]
    worker.work(pipe, windows, unfinished, device, engine)


def run(folder: Path, moment: str, epoch: int) -> list[Row]:
    """Perform the run in a folder that holds its windows and an MLflow store."""
    from pipeline.tracking import delivery
    from pipeline.tracking.tracker import Tracker

    class Deadly(Tracker):
        def log(self, run_id: str, points: Any) -> None:
            here = any(name == "loss" and step == epoch for name, step, _ in points)
            if here and moment == "log":
                die()
            super().log(run_id, points)
            if here and moment == "logged":
                die()

        def finish(self, run_id: str, row: Any, files: Path) -> None:
            if moment == "finish":
                die()
            super().finish(run_id, row, files)
            if moment == "finished":
                die()

    os.environ[_MOMENT] = f"{moment} {epoch}"
    pool_module.work = work  # type: ignore[assignment]
    delivery._EVERY = 0.0
    windows = folder / "windows"
    return perform(plan(params(), windows), Deadly(folder / "mlruns"), lambda name: [], windows, windows)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
