"""Deliver metrics and files of runs to MLflow. What cannot be delivered waits, and nothing is delivered twice.

Whenever it is uncertain which points the tracker has, it is asked: when a run resumes, and after a call that failed but
may have arrived all the same.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.base.console import say
from pipeline.spec.run import Run
from pipeline.tracking.store import STORE_ERRORS, reason
from pipeline.tracking.tracker import Point, Tracker

_EVERY = 1.0  # seconds between deliveries of one run
_PATIENCE = 30.0  # seconds until a tracker that did not answer is asked again
Series = Mapping[str, Sequence[float | None]]


def points_of(history: Series) -> list[Point]:
    """List the points (metric, epoch, value) of a history, without values that are missing or not finite."""
    return [(n, epoch, v) for n, values in history.items() for epoch, v in enumerate(values, 1) if _is_number(v)]  # type: ignore[misc]


def final_points(row: Mapping[str, Any]) -> list[Point]:
    """List the points of the final metrics; `metric@epoch` is placed at that epoch, the others at the last."""
    split = [(*name.partition("@")[::2], value) for name, value in row["metrics"].items()]
    return [(name, int(epoch or row["epochs"]), value) for name, epoch, value in split]


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


@dataclass
class _Post:
    """What waits to be delivered for one run. `known`: the points that the tracker has; None if it must be asked."""

    run: Run
    id: str = ""
    known: set[tuple[str, int]] | None = None
    waiting: list[Point] = field(default_factory=list)
    delivered: float = 0.0


class Delivery:
    """Delivers to one tracker."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._posts: dict[str, _Post] = {}
        self._silent_until = 0.0
        self.trouble = ""  # the tracker's last error, while it does not answer

    def begin(self, run: Run) -> str:
        """Open the MLflow run of a run and return its id; empty if the tracker does not answer."""
        post = self._posts.setdefault(run.key, _Post(run))
        self._try(post, [])
        return post.id

    def log(self, run: Run, points: Iterable[Point], now: bool = False) -> None:
        """Queue points of a run; they are delivered together, once a second, or `now`."""
        post = self._posts.setdefault(run.key, _Post(run))
        post.waiting += [point for point in points if _is_number(point[2])]
        if now or time.monotonic() - post.delivered > _EVERY:
            self._try(post, post.waiting)

    def finish(self, run: Run, row: dict[str, Any], folder: Path) -> bool:
        """Deliver the rest of a run with its files, and close it. Return True if that worked."""
        self.log(run, [*points_of(row["history"]), *final_points(row)], now=True)
        post = self._posts[run.key]
        if post.waiting or not post.id:
            return False
        try:
            self._tracker.finish(post.id, row, folder)
            provenance = self._tracker.provenance(post.id)
        except STORE_ERRORS as error:
            self._fell_silent(error)
            return False
        row |= {"mlflow_run_id": self._posts.pop(run.key).id, "provenance": provenance}
        return True

    def lose_patience(self) -> None:
        """Try the tracker again at the next call, however recently it failed to answer."""
        self._silent_until = 0.0

    def close(self, run: Run, status: str) -> None:
        """Mark a run that stops for now as FAILED or KILLED, if the tracker answers."""
        post = self._posts.pop(run.key, None)
        if post and post.id:
            self._try(post, post.waiting)
            if not self.trouble:
                self._tracker.stop(post.id, status)

    def close_all(self, status: str) -> None:
        """Mark every open run with `status`."""
        for post in list(self._posts.values()):
            self.close(post.run, status)

    def _try(self, post: _Post, points: list[Point]) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._deliver(post, points)
            self.trouble = ""
        except STORE_ERRORS as error:
            post.known = None  # the call may have arrived all the same
            self._fell_silent(error)

    def _deliver(self, post: _Post, points: list[Point]) -> None:
        if not post.id:
            post.id = self._tracker.open(post.run)
        if post.known is None:
            post.known = self._tracker.logged(post.id)
        new = {(name, step): value for name, step, value in points if (name, step) not in post.known}
        self._tracker.log(post.id, [(name, step, value) for (name, step), value in new.items()])
        post.known |= set(new)
        post.delivered = time.monotonic()
        points.clear()

    def _fell_silent(self, error: Exception) -> None:
        if not self.trouble:
            say(f"train: {reason(error, self._tracker.root)}; training goes on, results wait in {self._tracker.root}")
        self.trouble = reason(error, self._tracker.root)
        self._silent_until = time.monotonic() + _PATIENCE
