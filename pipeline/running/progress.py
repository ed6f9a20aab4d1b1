"""Training progress: live bars on a terminal, an occasional line in a log."""

import sys
import time
from collections.abc import Callable

from pipeline.base.console import plural, say
from pipeline.running.bars import Bars
from pipeline.running.events import Failed
from pipeline.spec.run import Run

_EVERY = 15.0  # seconds between lines of a log
Listener = Callable[[float], None]  # receives the share of the work that is done, 0 to 1


def minutes_text(seconds: float) -> str:
    """Format a duration: seconds up to 90, else minutes."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _figure(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.3g}" if abs(value) < 0.1 else f"{value:.3f}"


class TrainingProgress:
    """Shows experiment, seed, epoch, loss and the time left; `listener` receives the share of the work that is done."""

    def __init__(self, runs: list[Run], listener: Listener = lambda share: None) -> None:
        self._listener = listener
        self._left = {run.key: self._work(run) for run in runs}
        self._total = sum(self._left.values())
        self._runs = len(runs)
        self._done = 0
        self._start: float | None = None  # the end of the first epoch: before that is start-up, not training
        self._before = 0.0
        self._spoken = time.monotonic()
        self._bars = Bars(runs, self._total) if sys.stdout.isatty() else None
        self._complained: set[str] = set()

    def __enter__(self) -> "TrainingProgress":
        if self._bars:
            self._bars.__enter__()
        return self

    def __exit__(self, *about: object) -> None:
        if self._bars:
            self._bars.__exit__()

    def _say(self, text: str) -> None:
        if self._bars:
            self._bars.say(text)
        else:
            say(text)

    @staticmethod
    def _work(run: Run) -> float:
        """Estimate the work of a run: minutes on one core, as params.yaml has them; only ratios matter."""
        return run.experiment.labels.minutes

    def _share(self) -> float:
        """Compute the share of the work that is done, 0 to 1."""
        return 1 - sum(self._left.values()) / self._total if self._total else 1.0

    def time_left(self) -> str:
        """Estimate the time left from the share of the work that is done."""
        left = sum(self._left.values())
        done = self._total - left - self._before
        if self._start is None or done <= 0:
            return "time left not known yet"
        return f"about {minutes_text((time.monotonic() - self._start) * left / done)} left"

    def _begin(self) -> None:
        if self._start is None:
            self._start, self._before = time.monotonic(), self._total - sum(self._left.values())

    def _overall(self) -> str:
        """Move the bar of all, and return the number of runs that are done and the time left."""
        state = f"{self._done} of {plural(self._runs, 'run')} done, {self.time_left()}"
        if self._bars:
            self._bars.overall(self._total - sum(self._left.values()), self._total, state)
        return state

    def _ended(self, run: Run) -> None:
        if self._bars:
            self._bars.ended(run)
            self._overall()

    def epoch(self, run: Run, epoch: int, loss: float) -> None:
        """Show that an epoch has ended."""
        self._left[run.key] = self._work(run) * (1 - epoch / run.experiment.epochs)
        self._begin()
        self._listener(self._share())
        state = f"epoch {epoch} of {run.experiment.epochs}, loss {loss:.3f}"
        overall = self._overall()
        if self._bars:
            self._bars.epoch(run, epoch, state)
        elif time.monotonic() - self._spoken > _EVERY:
            self._spoken = time.monotonic()
            say(f"train: {run.title}: {state}; {overall}")

    def resumed(self, run: Run, epoch: int) -> None:
        """Say that a run resumes after `epoch` epochs."""
        self._left[run.key] = self._work(run) * (1 - epoch / run.experiment.epochs)
        self._say(f"train: {run.title}: resumes after epoch {epoch}")

    def failed(self, run: Run, why: Failed) -> None:
        """Take a failed run out of the work to do, and say why at once: once, if it is the same for many."""
        self._total -= self._left[run.key]
        self._left[run.key] = 0.0
        self._runs -= 1
        self._ended(run)
        if why.message not in self._complained:
            self._complained.add(why.message)
            self._say(f"train: {run.title}: failed: {why.text}")

    def done(self, run: Run, metric: str, value: float | None, seconds: float) -> None:
        """Show that a run has finished, with its headline metric on the test part."""
        self._left[run.key] = 0.0
        self._done += 1
        self._listener(self._share())
        self._ended(run)
        text = f"train: {run.title}: test {metric} {_figure(value)} after {minutes_text(seconds)}"
        self._say(text if self._bars else f"{text} ({self._done} of {self._runs})")
