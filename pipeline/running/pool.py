"""The worker processes of one machine. Each trains one run at a time and stays with an experiment while it has runs."""

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
    last: str = ""  # the experiment of its last run, whose compiled program it can reuse


def _start(windows: Path, unfinished: Path, device: Mapping[str, str]) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, windows, unfinished, device), daemon=True)
    with interrupts_held():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def choose(waiting: list[Run], last: str, busy: set[str]) -> Run:
    """Choose a worker's next run: of its last experiment if that has more, else of one that no other worker trains."""
    names = [run.experiment.name for run in waiting]
    free = [name for name in names if name not in busy]
    name = last if last in names else free[0] if free else names[0]
    return waiting[names.index(name)]


def _hear(worker: _Worker) -> Event:
    """Receive the next event of a worker; a process that has ended counts as Failed."""
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
                except OSError:  # the worker has just ended; the run stays for another
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
        """Train the runs and yield (run, event); the last event of a run is Finished or Failed.

        `begin` is called when a run is given to a worker, and returns its id in the tracker.
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
        """Terminate the worker processes."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
