"""The worker processes of one machine: each trains one run at a time, and keeps to one experiment while it can."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from pipeline.base.parallel import interrupts_held
from pipeline.running.plan import Run
from pipeline.running.worker import work

Event = tuple[str, Run, Any]
Begin = Callable[[Run], str]


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    run: Run | None = None
    last: str = ""


def _start(windows: Path, desks: Path, device: dict[str, str]) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, windows, desks, device), daemon=True)
    with interrupts_held():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def choose(waiting: list[Run], last: str, busy: set[str]) -> Run:
    """Return the next run of a worker: its last experiment if that has more, else one that no other works on."""
    names = [run.experiment.name for run in waiting]
    free = [name for name in names if name not in busy]
    name = last if last in names else free[0] if free else names[0]
    return waiting[names.index(name)]


class Pool:
    """Worker processes that train runs."""

    def __init__(self, devices: list[dict[str, str]], windows: Path, desks: Path) -> None:
        self._workers = [_start(windows, desks, device) for device in devices]

    def _hand_out(self, waiting: list[Run], begin: Begin) -> None:
        for worker in self._workers:
            if worker.run is None and waiting and worker.process.is_alive():
                busy = {other.run.experiment.name for other in self._workers if other.run}
                run = choose(waiting, worker.last, busy)
                try:
                    worker.pipe.send((run, begin(run)))
                except OSError:  # it has ended just now, and the run is for another
                    worker.process.join()
                    continue
                waiting.remove(run)
                worker.run, worker.last = run, run.experiment.name

    def _listen(self) -> Iterator[Event]:
        busy = {worker.pipe: worker for worker in self._workers if worker.run}
        for pipe in wait(list(busy)):
            assert isinstance(pipe, Connection)
            worker = busy[pipe]
            run = worker.run
            assert run is not None
            try:
                kind, value = pipe.recv()
            except (EOFError, OSError):
                worker.process.join()
                kind, value = "died", f"its process ended with status {worker.process.exitcode}"
            if kind in ("done", "failed", "died"):
                worker.run = None
            yield kind, run, value

    def train(self, runs: list[Run], begin: Begin = lambda run: "") -> Iterator[Event]:
        """Yield ("resumed", run, history), ("epoch", run, (epoch, figures)), ("done", run, row), ("failed", run, text).

        A run whose process ended is ("died", run, text).

        `begin` is called when a run is handed to a worker, and returns the tracker's id of it.
        """
        waiting = list(runs)
        while waiting or any(worker.run for worker in self._workers):
            self._hand_out(waiting, begin)
            if not any(worker.run for worker in self._workers):
                for run in waiting:
                    yield "died", run, "no worker process is left"
                return
            yield from self._listen()

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
