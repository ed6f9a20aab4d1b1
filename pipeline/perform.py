"""Perform the runs that are asked for: find those already done, train the rest in worker processes, track every result.

One process writes to MLflow. A killed run resumes from its checkpoint, and one that was trained while the tracker did
not answer is delivered; both are kept in `mlruns/unfinished` until then.
"""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.base.console import Unreachable, UserError, plural, say
from pipeline.base.locks import HeldError
from pipeline.running.devices import slots
from pipeline.running.events import EpochEnd, Event, Failed, Finished, Resumed
from pipeline.running.gpu_locks import held
from pipeline.running.pool import Pool
from pipeline.running.progress import Listener, TrainingProgress
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.spec.run import Run
from pipeline.training.rows import Row, labelled

if TYPE_CHECKING:
    from pipeline.tracking.tracker import Tracker

PointsOf = Callable[[str], list[tuple[str, int, float]]]


class WorkerDied(UserError):
    """A training process was ended from outside; the next attempt resumes its run from the checkpoint."""


def headline_of(row: Row) -> tuple[str, float | None, float]:
    """Read the headline metric of a run: its name without `test_`, its value, and the seconds of training."""
    metric = row["metric"]
    return metric.removeprefix("test_"), row["metrics"][metric], row["metrics"]["train_seconds"]


class _Performance:
    """Passes runs from the worker processes on to MLflow."""

    def __init__(self, tracker: "Tracker", points: PointsOf, clips: Path) -> None:
        from pipeline.tracking.delivery import Delivery

        self.delivery = Delivery(tracker)
        self._unfinished, self._points, self._clips = tracker.root / UNFINISHED, points, clips
        self.rows: dict[str, Row] = {}
        self.failed: list[tuple[str, Failed]] = []  # titles of runs and what was wrong
        self.died = False
        self.waiting: list[tuple[Run, Row]] = []  # trained but not delivered yet
        self._owned: dict[str, ExitStack] = {}

    def _directory(self, run: Run) -> RunDirectory:
        return RunDirectory(self._unfinished, run.key)

    def own(self, run: Run) -> None:
        """Own a run until it is delivered or has failed. Raises HeldError if another process has it."""
        if run.key not in self._owned:
            with ExitStack() as stack:
                stack.enter_context(self._directory(run).owned())
                self._owned[run.key] = stack.pop_all()

    def release(self, run: Run) -> None:
        """Leave a run to whoever asks next."""
        self._owned.pop(run.key, ExitStack()).close()

    def begin(self, run: Run) -> str:
        """Open the run in MLflow and return its id, as it is given to a worker. Raises HeldError."""
        self.own(run)
        return self.delivery.begin(run)

    def handle(self, run: Run, event: Event, progress: TrainingProgress) -> None:
        """Deliver and show an event of a worker."""
        from pipeline.tracking.delivery import points_of

        match event:
            case Resumed(history):
                self.delivery.log(run, points_of(history))
                progress.resumed(run, event.epochs)
            case EpochEnd(epoch, metrics):
                self.delivery.log(run, [(name, epoch, value) for name, value in metrics.items()])
                progress.epoch(run, epoch, metrics["loss"])
            case Finished(row):
                self.finish(run, row)
                progress.done(run, *headline_of(row))
            case Failed():
                self.died |= event.died
                self.failed.append((run.title, event))
                self.delivery.close(run, "FAILED")
                self.release(run)
                progress.failed(run, event)

    def finish(self, run: Run, row: Row) -> None:
        """Write the artifacts of a trained run and deliver it, or keep it for later if the tracker does not answer."""
        from pipeline.tracking.artifacts import write_run

        directory = self._directory(run)
        with directory.naming_errors():
            write_run(row, self._points(row["experiment"]), self._clips, directory.artifacts)
        if not self._deliver(run, row):
            self.waiting.append((run, row))

    def _deliver(self, run: Run, row: Row) -> bool:
        directory = self._directory(run)
        with directory.naming_errors():
            delivered = self.delivery.finish(run, row, directory.artifacts)
        if delivered:
            self.rows[run.key] = row
            directory.clear()
            self.release(run)
        return delivered

    def deliver_trained(self, runs: Sequence[Run]) -> list[Run]:
        """Deliver the runs that are already trained, and return the others."""
        return [run for run in runs if not (self._directory(run).trained and self._deliver_one(run))]

    def _deliver_one(self, run: Run) -> bool:
        try:
            self.own(run)
        except HeldError:  # who owns it delivers it
            return False
        row = self._directory(run).result()
        if row:
            self.finish(run, row)
        return row is not None

    def last_try(self) -> None:
        """Try once more to deliver what is waiting."""
        self.delivery.lose_patience()
        while self.waiting and self._deliver(*self.waiting[0]):
            self.waiting.pop(0)

    def close(self) -> None:
        """Mark the runs that are still open as KILLED, and leave them."""
        self.delivery.close_all("KILLED")
        for stack in self._owned.values():
            stack.close()

    def complain(self, asked: int) -> None:
        """Raise UserError if a run failed, Unreachable if one could not be delivered."""
        if self.failed:
            kept = ", the others are kept" if len(self.failed) < asked else ""
            many = f"{len(self.failed)} of {plural(asked, 'run')} failed{kept}: "
            reasons = {why.message: f"{title}: {why.text}" for title, why in reversed(self.failed)}  # of the first run
            said = [*reversed(reasons.values())][:3]
            raise (WorkerDied if self.died else UserError)(many + "; ".join(said))
        if self.waiting:
            many = f"{plural(len(self.waiting), 'run')} {'is' if len(self.waiting) == 1 else 'are'}"
            raise Unreachable(
                f"{many} trained but not in MLflow ({self.delivery.trouble}); nothing is lost: run `make reproduce` "
                "again once it answers"
            )


def _train_missing(
    runs: list[Run], performance: _Performance, windows: Path, unfinished: Path, listener: Listener
) -> None:
    found = slots(runs)
    with held(found):
        pool = Pool(found, windows, unfinished)
        try:
            with TrainingProgress(runs, listener) as progress:
                for run, event in pool.run(runs, performance.begin):
                    performance.handle(run, event, progress)
        finally:
            pool.close()


def _close_parents(rows: list[Row], runs: list[Run], tracker: "Tracker", points: PointsOf) -> None:
    from pipeline.tracking.artifacts import write_experiment

    for run in runs:
        mine = [row for row in rows if row["experiment"] == run.experiment.name]
        with tempfile.TemporaryDirectory() as name:
            metrics = write_experiment(mine, points(run.experiment.name), Path(name))
            tracker.close_parent(tracker.parent(run), metrics, Path(name), run)


def perform(
    runs: list[Run],
    tracker: "Tracker",
    points: PointsOf,
    windows: Path,
    clips: Path,
    listener: Listener = lambda share: None,
) -> list[Row]:
    """Train the runs that are not in MLflow yet, and return the rows of all, in the order of `runs`.

    `points(experiment)` gives the document's points for its curve, `clips` is the folder of the examples' sounds, and
    `listener` receives the share of the work that is done.
    Raises UserError naming the runs that failed, WorkerDied if a process was ended from outside. Finished runs are
    kept, the others resume next time.
    """
    known = tracker.finished({run.key for run in runs})
    missing = list({run.key: run for run in runs if run.key not in known}.values())
    done = len(runs) - len(missing)
    say(f"train: {plural(len(runs), 'run')} requested, {done} already trained, {len(missing)} to train")
    unfinished = tracker.root / UNFINISHED
    for key in known.keys() & {run.key for run in runs}:
        RunDirectory(unfinished, key).clear()  # left by a kill after delivery
    performance = _Performance(tracker, points, clips)
    try:
        left = performance.deliver_trained(missing)
        if left:
            _train_missing(left, performance, windows, unfinished, listener)
        performance.last_try()
    finally:
        performance.close()
    performance.complain(len(missing))
    found = ((run, performance.rows.get(run.key) or tracker.row(known[run.key])) for run in runs)
    rows = [labelled(row, run.experiment) for run, row in found]
    new = {run.experiment.name for run in missing}  # close these, and what a failure or a kill left without figures
    one_each = {run.experiment.name: run for run in runs}
    ended = [run for name, run in one_each.items() if name in new or not tracker.is_finished(tracker.parent(run))]
    _close_parents(rows, ended, tracker, points)
    return rows
