"""Perform runs: find what is done, train the rest in worker processes, log every result. One process writes MLflow.

A run that was killed goes on from its checkpoint, and one that was trained while the tracker did not answer is
delivered: both stand on their desks below `mlruns/unfinished`.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.console import Unreachable, UserError, say
from pipeline.running.devices import slots
from pipeline.running.plan import Run
from pipeline.running.pool import Pool
from pipeline.running.progress import Heard, TrainingProgress
from pipeline.running.run_directory import Desk

if TYPE_CHECKING:
    from pipeline.tracking.delivery import Delivery
    from pipeline.tracking.tracker import Tracker

Row = dict[str, Any]
PointsOf = Callable[[str], list[tuple[str, int, float]]]
UNFINISHED = "unfinished"


class WorkerDied(UserError):
    """A process that trained was ended from outside; asked again, its run goes on from its checkpoint."""


class _Results:
    """Takes what the workers say to MLflow, and keeps the rows."""

    def __init__(self, delivery: "Delivery", points: PointsOf, clips: Path, desks: Path) -> None:
        self._delivery, self._points, self._clips, self._desks = delivery, points, clips, desks
        self.rows: dict[str, Row] = {}
        self.failed: list[str] = []
        self.died = False
        self.waiting: list[tuple[Run, Row]] = []

    def resumed(self, run: Run, history: dict[str, list[float | None]]) -> None:
        from pipeline.tracking.delivery import points_of

        self._delivery.hear(run, points_of(history))

    def epoch(self, run: Run, epoch: int, figures: dict[str, float]) -> None:
        self._delivery.hear(run, [(name, epoch, value) for name, value in figures.items()])

    def done(self, run: Run, row: Row) -> None:
        from pipeline.tracking.artifacts import write_run

        desk = Desk(self._desks, run.key)
        with desk.named():
            write_run(row, self._points(row["experiment"]), self._clips, desk.artifacts)
        if not self._deliver(run, row):
            self.waiting.append((run, row))

    def _deliver(self, run: Run, row: Row) -> bool:
        desk = Desk(self._desks, run.key)
        with desk.named():
            delivered = self._delivery.finish(run, row, desk.artifacts)
        if not delivered:
            return False
        self.rows[run.key] = row
        desk.clear()
        return True

    def last_try(self) -> None:
        """Deliver what waits, if the tracker answers by now."""
        self._delivery.lose_patience()
        while self.waiting and self._deliver(*self.waiting[0]):
            self.waiting.pop(0)

    def fail(self, run: Run, text: str) -> None:
        self.failed.append(f"{run.title}: {text}")
        self._delivery.close(run, "FAILED")


def shown_figures(row: Row) -> tuple[str, float | None, float]:
    """Return the name and value of the headline metric of a run, and its seconds."""
    metric = row["metric"]
    return metric.removeprefix("test_"), row["metrics"][metric], row["metrics"]["train_seconds"]


def _train(
    runs: list[Run], results: _Results, begin: Callable[[Run], str], windows: Path, desks: Path, heard: Heard
) -> None:
    pool = Pool(slots()[: len(runs)], windows, desks)
    try:
        with TrainingProgress(runs, heard) as progress:
            for kind, run, value in pool.train(runs, begin):
                if kind == "resumed":
                    results.resumed(run, value)
                    progress.resumed(run, len(value["loss"]))
                elif kind == "epoch":
                    results.epoch(run, *value)
                    progress.epoch(run, value[0], value[1]["loss"])
                elif kind == "done":
                    results.done(run, value)
                    progress.done(run, *shown_figures(value))
                else:
                    results.died |= kind == "died"
                    results.fail(run, value)
                    progress.failed(run)
    finally:
        pool.close()


def _perform(
    missing: list[Run], results: _Results, delivery: "Delivery", windows: Path, desks: Path, heard: Heard
) -> None:
    """Deliver what is trained already, and train the rest."""

    def begin(run: Run) -> str:
        # What another process trains stays its own in MLflow; the worker finds the desk held, and says so.
        return "" if Desk(desks, run.key).busy() else delivery.begin(run)

    left = []
    try:
        for run in missing:
            row = Desk(desks, run.key).result()
            if row:
                results.done(run, row)
            else:
                left.append(run)
        if left:
            _train(left, results, begin, windows, desks, heard)
        results.last_try()
    finally:
        delivery.close_all("KILLED")


def _complain(results: _Results, missing: list[Run], trouble: str) -> None:
    """Raise UserError if not all is done and delivered."""
    if results.failed:
        many = f"{len(results.failed)} of {len(missing)} runs failed, the others are kept; "
        raise (WorkerDied if results.died else UserError)(many + "; ".join(results.failed[:3]))
    if results.waiting:
        many = "1 run is" if len(results.waiting) == 1 else f"{len(results.waiting)} runs are"
        raise Unreachable(
            f"{many} trained but not in MLflow ({trouble}); nothing is lost, run `make reproduce` again once it answers"
        )


def _close_parents(rows: list[Row], runs: list[Run], tracker: "Tracker", points: PointsOf) -> None:
    from pipeline.tracking.artifacts import write_experiment

    for run in runs:
        mine = [row for row in rows if row["experiment"] == run.experiment.name]
        with tempfile.TemporaryDirectory() as name:
            figures = write_experiment(mine, points(run.experiment.name), Path(name))
            tracker.close_parent(tracker.parent(run), figures, Path(name))


def perform(
    runs: list[Run],
    tracker: "Tracker",
    points: PointsOf,
    windows: Path,
    clips: Path,
    heard: Heard = lambda share: None,
) -> list[Row]:
    """Return the rows of all runs in their order; those that are not yet in MLflow are trained first.

    `points(experiment)` are the document's points for its curve, `clips` the folder of the sounds of the examples, and
    `heard` is told which share of the work is done.
    Raises UserError naming the runs that failed, WorkerDied if a process was ended from outside; what finished is kept,
    and what did not goes on next time.
    """
    from pipeline.tracking.delivery import Delivery

    known = tracker.finished()
    missing = [run for run in runs if run.key not in known]
    say(f"train: {len(runs)} runs asked for, {len(runs) - len(missing)} trained before, {len(missing)} to do")
    desks, delivery = tracker.root / UNFINISHED, Delivery(tracker)
    for key in known.keys() & {run.key for run in runs}:
        Desk(desks, key).clear()  # left by a kill between the delivery and the clearing
    results = _Results(delivery, points, clips, desks)
    _perform(missing, results, delivery, windows, desks, heard)
    _complain(results, missing, delivery.trouble)
    rows = [results.rows.get(run.key) or tracker.row(known[run.key]) for run in runs]
    new = {run.experiment.name for run in missing}  # and what a failure or an interrupt left open
    one_each = {run.experiment.name: run for run in runs}
    ended = [run for name, run in one_each.items() if name in new or tracker.is_open(tracker.parent(run))]
    _close_parents(rows, ended, tracker, points)
    return rows
