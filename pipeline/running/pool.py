"""The worker processes of one machine. Each trains one run at a time and stays with an experiment while it has runs.

A process that dies while it trains is replaced, so one bad run does not end the others. So is one that has compiled
many programs, since TensorFlow does not free them all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.base.console import UserError
from pipeline.base.parallel import interrupts_held
from pipeline.running.events import Event, Failed, Finished, Ready
from pipeline.running.worker import work
from pipeline.spec.run import Run

MOST_PROGRAMS = 20  # that one process compiles: each leaves about 19 MB behind
Begin = Callable[[Run], str]


@dataclass
class _Worker:
    device: Mapping[str, str]
    process: BaseProcess
    pipe: Connection
    ready: bool = False  # TensorFlow has started
    run: Run | None = None
    last: str = ""  # the experiment of its last run, whose compiled program it can reuse
    programs: int = 0


def _start(windows: Path, unfinished: Path, device: Mapping[str, str]) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, windows, unfinished, device), daemon=True)
    with interrupts_held():
        process.start()
    theirs.close()
    return _Worker(device, process, ours)


def choose(waiting: list[Run], last: str, busy: set[str]) -> Run:
    """Choose a worker's next run: of its last experiment if that has more, else of one that no other worker trains."""
    names = [run.experiment.name for run in waiting]
    free = [name for name in names if name not in busy]
    name = last if last in names else free[0] if free else names[0]
    return waiting[names.index(name)]


def _receive(worker: _Worker) -> Ready | Event:
    """Receive the next event of a worker; a process that has ended counts as Failed."""
    try:
        event: Ready | Event = worker.pipe.recv()
        return event
    except (EOFError, OSError):
        worker.process.join()
        return Failed(f"its process ended with status {worker.process.exitcode}", died=True)


class Pool:
    """Worker processes that train runs."""

    def __init__(self, devices: Sequence[Mapping[str, str]], windows: Path, unfinished: Path) -> None:
        self._temporary = TemporaryDirectory(prefix="reprise-")  # TensorFlow leaves files behind
        self._start = partial(_start, windows, unfinished)
        self._workers = [self._start({**device, "TMPDIR": self._temporary.name}) for device in devices]
        self._why = ""  # the last one that could not start

    def _renew(self) -> None:
        """Replace the idle workers that have died, or have compiled many programs."""
        for place, worker in enumerate(self._workers):
            worn = worker.programs >= MOST_PROGRAMS
            if worker.ready and worker.run is None and (worn or not worker.process.is_alive()):
                _end(worker)
                self._workers[place] = self._start(worker.device)

    def _hand_out(self, waiting: list[Run], begin: Begin) -> Iterator[tuple[Run, Event]]:
        """Give each free worker a run; yield those that `begin` refuses."""
        for worker in self._workers:
            if worker.ready and worker.run is None and waiting:
                busy = {other.run.experiment.name for other in self._workers if other.run}
                run = choose(waiting, worker.last, busy)
                try:
                    worker.pipe.send((run, begin(run)))
                except UserError as error:
                    waiting.remove(run)
                    yield run, Failed(str(error))
                    continue
                except OSError:  # the worker has just ended; the run stays for another
                    worker.process.join()
                    continue
                waiting.remove(run)
                worker.programs += run.experiment.name != worker.last
                worker.run, worker.last = run, run.experiment.name

    def _listen(self) -> Iterator[tuple[Run, Event]]:
        speaking = {worker.pipe: worker for worker in self._workers if worker.run or not worker.ready}
        for pipe in wait(list(speaking)):
            worker = speaking[pipe]  # type: ignore[index]  # only connections are waited for
            event, run = _receive(worker), worker.run
            if isinstance(event, Ready):
                worker.ready = True
            elif run is None:
                self._why = f"a worker could not start: {event.message}" if isinstance(event, Failed) else ""
                self._workers.remove(worker)
                _end(worker)
            else:
                if isinstance(event, Finished | Failed):
                    worker.run = None
                yield run, event

    def run(self, runs: Sequence[Run], begin: Begin = lambda run: "") -> Iterator[tuple[Run, Event]]:
        """Train the runs and yield (run, event); the last event of a run is Finished or Failed.

        `begin` is called when a run is given to a worker, and returns its id in the tracker; a run over which it raises
        UserError has failed.
        """
        waiting = list(runs)
        while waiting or any(worker.run for worker in self._workers):
            if waiting:
                self._renew()
            yield from self._hand_out(waiting, begin)
            if not self._workers:
                for run in waiting:
                    yield run, Failed(self._why, died=True)
                return
            yield from self._listen()

    def close(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            _end(worker)
        self._temporary.cleanup()


def _end(worker: _Worker) -> None:
    worker.process.terminate()
    worker.process.join()
    worker.pipe.close()
