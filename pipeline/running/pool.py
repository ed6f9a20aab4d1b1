"""The worker processes of one machine: each trains one run at a time, and keeps to one experiment while it can."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from pipeline.base.parallel import interrupts_held
from pipeline.running.events import Event, Failed, Finished
from pipeline.running.worker import work
from pipeline.spec.run import Run

Begin = Callable[[Run], str]


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    run: Run | None = None
    last: str = ""  # the experiment of its last run, whose program it has compiled


def _start(windows: Path, unfinished: Path, device: Mapping[str, str]) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, windows, unfinished, device), daemon=True)
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


def _hear(worker: _Worker) -> Event:
    """Return what a worker says, or that its process has ended."""
    try:
        event: Event = worker.pipe.recv()
        return event
    except (EOFError, OSError):
        worker.process.join()
        return Failed(f"its process ended with status {worker.process.exitcode}", died=True)


class Pool:
    """Worker processes that train runs."""

    def __init__(self, devices: Sequence[Mapping[str, str]], windows: Path, unfinished: Path) -> None:
        self._workers = [_start(windows, unfinished, device) for device in devices]

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

    def _listen(self) -> Iterator[tuple[Run, Event]]:
        busy = {worker.pipe: (worker, worker.run) for worker in self._workers if worker.run}
        for pipe in wait(list(busy)):
            worker, run = busy[pipe]  # type: ignore[index]  # only connections are waited for
            event = _hear(worker)
            if isinstance(event, Finished | Failed):
                worker.run = None
            yield run, event

    def run(self, runs: Sequence[Run], begin: Begin = lambda run: "") -> Iterator[tuple[Run, Event]]:
        """Yield what the workers say of each run; its last event is Finished or Failed.

        `begin` is called when a run is handed to a worker, and returns the tracker's id of it.
        """
        waiting = list(runs)
        while waiting or any(worker.run for worker in self._workers):
            self._hand_out(waiting, begin)
            if not any(worker.run for worker in self._workers):
                for run in waiting:
                    yield run, Failed("no worker process is left", died=True)
                return
            yield from self._listen()

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
