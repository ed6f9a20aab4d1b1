"""A worker process: one core and one network at a time, or on JAX one device and a stack of them."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, explain, say
from pipeline.base.parallel import end_with_parent
from pipeline.experiments.registry import FAMILIES
from pipeline.running.engines import out_of_memory, start
from pipeline.running.events import EpochEnd, Event, Failed, Finished, Ready, Resumed
from pipeline.running.plan import ChangedError, require_planned
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import Task, train_run, train_stack
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import JAX, Run
from pipeline.training.rows import Row
from pipeline.training.trainer import StackTrainer, Trainer

TRACEBACK = "error.txt"  # in the directory of a run that failed


def _written(error: Exception, folder: Path) -> str:
    """Write a traceback into a folder, and return the path of the file; empty if it cannot be written."""
    path = folder / TRACEBACK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return ""
    return str(path)


class _Trainers:
    """Trains what the pipe brings, on the engine of this process: one run at a time, or a stack of them."""

    def __init__(self, engine: str, windows: Path, unfinished: Path, send: Callable[[Any], None]) -> None:
        self._engine, self._windows, self._unfinished, self._send = engine, windows, unfinished, send
        self._trainer, self._stacks = Trainer(), StackTrainer()

    def train(self, runs: Sequence[Run], run_ids: Sequence[str], first: int = 0) -> Iterator[tuple[int, Event]]:
        """Train runs of one experiment, and yield the last event of each with its place."""
        try:
            yield from enumerate(self._finished(runs, run_ids, first), first)
            return
        except Exception as error:
            starts = self._again(runs, error)
            if not starts:
                for place, run in enumerate(runs, first):
                    yield place, self._failed(run, error)
        for begin, end in pairwise([*starts, len(runs)]):  # not above, where the error keeps the arrays of the stack
            yield from self.train(runs[begin:end], run_ids[begin:end], first + begin)

    def _again(self, runs: Sequence[Run], error: Exception) -> list[int]:
        """List where the parts begin in which the runs train again after an error: none if they do not."""
        if out_of_memory(error, self._engine) and self._shrunk(runs[0].experiment):
            return [0]
        if isinstance(error, UserError) and len(runs) > 1:  # to find the run that cannot begin
            return [0, len(runs) // 2]
        return []

    def _shrunk(self, experiment: Experiment) -> bool:
        """Tell whether there can be smaller stacks, which need less memory, and make them so."""
        left = self._stacks.shrink(experiment) if self._engine == JAX else 0
        if left:
            say(f"train: {experiment.name}: {2 * left} runs at once need too much memory; now {left}")
        return left > 0

    def _finished(self, runs: Sequence[Run], run_ids: Sequence[str], first: int) -> list[Event]:
        require_planned(runs, self._windows)
        family = FAMILIES[runs[0].experiment.family]
        windows = self._windows / family.name
        tasks = [self._task(place, *one) for place, one in enumerate(zip(runs, run_ids, strict=True), first)]
        rows: list[Row | Exception]
        if self._engine == JAX:
            rows = train_stack(tasks, family, self._stacks, windows)
        else:
            rows = [self._alone(task, family, windows) for task in tasks]
        require_planned(runs, self._windows)
        pairs = zip(runs, rows, strict=True)
        return [self._failed(run, row) if isinstance(row, Exception) else Finished(row) for run, row in pairs]

    def _alone(self, task: Task, family: Any, windows: Path) -> Any:
        more = task.directory, task.run_id, task.report, task.resumed
        return train_run(task.run, family, self._trainer, windows, *more)

    def _task(self, place: int, run: Run, run_id: str) -> Task:
        return Task(
            run,
            RunDirectory(self._unfinished, run.key),
            run_id,
            lambda epoch, metrics: self._send((place, EpochEnd(epoch, metrics))),
            lambda history: self._send((place, Resumed(history))),
        )

    def _failed(self, run: Run, error: Exception) -> Event:
        experiment, directory = run.experiment, RunDirectory(self._unfinished, run.key)
        if isinstance(error, ConnectionError):  # the parent is gone
            raise error
        if isinstance(error, ChangedError):
            directory.clear()
        elif out_of_memory(error, self._engine):
            return Failed(
                f"its device ran out of memory with a batch of {experiment.batch}; "
                f"set a smaller batch for '{experiment.name}' in params.yaml"
            )
        elif isinstance(error, OSError):
            return Failed(explain(error)[0])
        elif not isinstance(error, UserError):  # a bad run must not take those after it with it
            return Failed(f"{type(error).__name__}: {error}", traceback=_written(error, directory.folder))
        return Failed(str(error))


def work(pipe: Connection, windows: Path, unfinished: Path, device: Mapping[str, str], engine: str) -> None:
    """Train what comes through the pipe, as (runs, their ids in the tracker), and send (place, event) until it closes.

    The last event of a run is Finished or Failed.
    """
    end_with_parent()
    try:
        start(engine, device)
    except UserError as error:
        pipe.send((0, Failed(str(error))))
        return
    except Exception as error:  # whatever it is, the parent says it in one line
        pipe.send((0, Failed(f"{type(error).__name__}: {error}", died=True)))
        return
    pipe.send((0, Ready()))
    trainers = _Trainers(engine, windows, unfinished, pipe.send)
    try:
        while True:
            for told in trainers.train(*pipe.recv()):
                pipe.send(told)
    except (EOFError, OSError):  # the parent is gone, perhaps in the middle of a message
        return
