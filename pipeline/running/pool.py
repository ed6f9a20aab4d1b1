"""The worker processes of one machine. Each has an engine, stays with an experiment while that has runs, and trains one
at a time, or on JAX a stack of them.

A process that dies while it trains is replaced, so one bad run does not end the others. So is one that has compiled
many programs, since TensorFlow does not free them all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.base.console import UserError, say
from pipeline.base.parallel import interrupts_held
from pipeline.running.costs import in_kernel, trains
from pipeline.running.devices import Slot
from pipeline.running.events import Event, Failed, Finished, Ready
from pipeline.running.worker import work
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import JAX, Run
from pipeline.training.stack_size import lanes_of

MOST_PROGRAMS = 20  # that one process compiles: each leaves about 19 MB behind
Begin = Callable[[Run], str]


@dataclass
class _Worker:
    slot: Slot
    process: BaseProcess
    pipe: Connection
    ready: bool = False  # its engine has started
    runs: list[Run] = field(default_factory=list)  # of one experiment, those that it was given last
    left: set[int] = field(default_factory=set)  # the places of those that have not ended
    last: str = ""  # the experiment of its last run, whose compiled program it can reuse
    programs: int = 0


def _start(windows: Path, unfinished: Path, temporary: str, slot: Slot) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    given = theirs, windows, unfinished, {**slot.device, "TMPDIR": temporary}, slot.engine
    process = context.Process(target=work, args=given, daemon=True)
    with interrupts_held():
        process.start()
    theirs.close()
    return _Worker(slot, process, ours)


def choose(waiting: list[Run], last: str, busy: Sequence[Experiment], gpu: bool = False) -> Run:
    """Choose a worker's next run: of its last experiment if that has more, else of one that no other worker trains.

    Of those it takes the first of the family that the fewest others train: families differ in what they keep busy, a
    GPU by long loops or a core by compiling and saving, so they are trained side by side. `busy` has what the other
    workers of its engine train. On a GPU loops without a kernel go first in a family: they take longest, and at the end
    all would wait for them.
    """
    first = {run.experiment.name: run for run in reversed(waiting)}
    if last in first:
        return first[last]
    names, families = {one.name for one in busy}, Counter(one.family for one in busy)
    free = [run for run in waiting if run.experiment.name not in names] or waiting[:1]

    def late(experiment: Experiment) -> bool:
        return gpu and (in_kernel(experiment) or not trains(experiment))

    return min(free, key=lambda run: (families[run.experiment.family], late(run.experiment)))


def most_at_once(slot: Slot, first: Run) -> int:
    """Compute how many runs a worker gets at once: on JAX a stack, which takes as long with fewer runs."""
    return lanes_of(first.experiment, bool(slot.gpu)) if slot.engine == JAX else 1


def stacked(waiting: list[Run], first: Run, most: int) -> list[Run]:
    """List the runs to train together with the first one: of its experiment, `most` in all."""
    return [run for run in waiting if run.experiment.name == first.experiment.name][:most]


def _receive(worker: _Worker) -> list[tuple[int, Ready | Event]]:
    """Receive the next event of a worker, with the place of its run; if its process has ended, all have Failed."""
    try:
        return [worker.pipe.recv()]
    except (EOFError, OSError):
        worker.process.join()
        failed = Failed(f"its process ended with status {worker.process.exitcode}", died=True)
        return [(place, failed) for place in sorted(worker.left) or [0]]


class Pool:
    """Worker processes that train runs."""

    def __init__(self, slots: Sequence[Slot], windows: Path, unfinished: Path) -> None:
        self._temporary = TemporaryDirectory(prefix="reprise-")  # TensorFlow leaves files behind
        self._start = partial(_start, windows, unfinished, self._temporary.name)
        self._workers = [self._start(slot) for slot in slots]
        self._why: dict[str, Failed] = {}  # of each engine, the last one that could not start
        self._lost: list[tuple[Slot, str]] = []  # those that could not start, until it is said

    def _renew(self) -> None:
        """Replace the idle workers that have died, or have compiled many programs."""
        for place, worker in enumerate(self._workers):
            worn = worker.programs >= MOST_PROGRAMS
            if worker.ready and not worker.left and (worn or not worker.process.is_alive()):
                _end(worker)
                self._workers[place] = self._start(worker.slot)

    def _hand_out(self, waiting: list[Run], begin: Begin) -> Iterator[tuple[Run, Event]]:
        """Give each free worker runs of one experiment; yield those that `begin` refuses."""
        for worker in self._workers:
            mine = [run for run in waiting if run.engine == worker.slot.engine]
            if worker.ready and not worker.left and mine:
                first = choose(mine, worker.last, self._busy(worker.slot.engine), bool(worker.slot.gpu))
                runs = stacked(mine, first, most_at_once(worker.slot, first))
                yield from self._give(worker, runs, waiting, begin)

    def _busy(self, engine: str) -> list[Experiment]:
        """List what the workers of an engine train."""
        return [one.runs[0].experiment for one in self._workers if one.left and one.slot.engine == engine]

    def _without_workers(self, waiting: list[Run]) -> list[Run]:
        """List the runs whose engine has no worker left."""
        engines = {worker.slot.engine for worker in self._workers}
        return [run for run in waiting if run.engine not in engines]

    def _give(self, worker: _Worker, runs: list[Run], waiting: list[Run], begin: Begin) -> Iterator[tuple[Run, Event]]:
        begun: list[tuple[Run, str]] = []
        for run in runs:
            try:
                begun.append((run, begin(run)))
            except UserError as error:
                waiting.remove(run)
                yield run, Failed(str(error))
        if not begun:
            return
        try:
            worker.pipe.send(([run for run, _ in begun], [run_id for _, run_id in begun]))
        except OSError:  # the worker has just ended; the runs stay for another
            worker.process.join()
            return
        worker.runs, worker.left = [run for run, _ in begun], set(range(len(begun)))
        for run in worker.runs:
            waiting.remove(run)
        name = worker.runs[0].experiment.name
        worker.programs += name != worker.last
        worker.last = name

    def _listen(self) -> Iterator[tuple[Run, Event]]:
        speaking = {worker.pipe: worker for worker in self._workers if worker.left or not worker.ready}
        for pipe in wait(list(speaking)):
            worker = speaking[pipe]  # type: ignore[index]  # only connections are waited for
            for place, event in _receive(worker):
                if isinstance(event, Ready):
                    worker.ready = True
                elif not worker.left:
                    if isinstance(event, Failed):
                        why = Failed(f"a worker could not start: {event.message}", event.died)
                        self._why[worker.slot.engine] = why
                        self._lost.append((worker.slot, why.message))
                    self._workers.remove(worker)
                    _end(worker)
                else:
                    if isinstance(event, Finished | Failed):
                        worker.left.discard(place)
                    yield worker.runs[place], event
        self._say_what_is_lost()

    def _say_what_is_lost(self) -> None:
        """Say which workers could not start, once others train their runs; else those runs say it."""
        ready = {worker.slot.engine for worker in self._workers if worker.ready}
        for slot, why in [(slot, why) for slot, why in self._lost if slot.engine in ready]:
            self._lost.remove((slot, why))
            say(f"train: {f'GPU {slot.gpu}: ' if slot.gpu else ''}{why}; the other workers go on")

    def run(self, runs: Sequence[Run], begin: Begin = lambda run: "") -> Iterator[tuple[Run, Event]]:
        """Train the runs and yield (run, event); the last event of a run is Finished or Failed.

        `begin` is called when a run is given to a worker, and returns its id in the tracker; a run over which it raises
        UserError has failed.
        """
        waiting = list(runs)
        while waiting or any(worker.left for worker in self._workers):
            if waiting:
                self._renew()
            yield from self._hand_out(waiting, begin)
            for run in self._without_workers(waiting):
                waiting.remove(run)
                yield run, self._why.get(run.engine, Failed(f"no worker runs {run.engine}", died=True))
            if self._workers:
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
