"""Live bars of a training: one for all of it, one for each run, and one for the runs that train side by side."""

from collections.abc import Sequence

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from pipeline.base.console import plural
from pipeline.spec.run import JAX, Run


def _bar_of(run: Run) -> str:
    """Name the bar of a run: the runs of an experiment share one on JAX, where they train in stacks."""
    return run.experiment.name if run.engine == JAX else run.key


class Bars:
    """Shows the bars on the terminal while it is entered."""

    def __init__(self, runs: Sequence[Run], total: float) -> None:
        self.progress = Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
        self._all = self.progress.add_task("train", total=total, state="")
        self._tasks: dict[str, TaskID] = {}
        self._epochs: dict[str, dict[str, int]] = {}  # of each bar, the epochs that each of its runs has done
        for run in runs:
            self._epochs.setdefault(_bar_of(run), {})[run.key] = 0
        self._left = {bar: set(epochs) for bar, epochs in self._epochs.items()}  # the runs that have not ended

    def __enter__(self) -> "Bars":
        self.progress.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.progress.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self.progress.console.print(text, markup=False, highlight=False)

    def overall(self, done: float, total: float, state: str) -> None:
        """Move the bar of all."""
        self.progress.update(self._all, completed=done, total=total, state=state)

    def epoch(self, run: Run, epoch: int, state: str) -> None:
        """Move the bar of a run, and make it first if this is its first epoch."""
        bar, runs = _bar_of(run), len(self._epochs[_bar_of(run)])
        if bar not in self._tasks:
            title = run.title if runs == 1 else f"{run.experiment.name} · {plural(runs, 'run')}"
            self._tasks[bar] = self.progress.add_task(title, total=run.experiment.epochs * runs, state="")
        self._moved(run, epoch)
        self.progress.update(self._tasks[bar], state=state)

    def ended(self, run: Run) -> None:
        """Take a run for done, and remove the bar of the last one."""
        bar = _bar_of(run)
        self._moved(run, run.experiment.epochs)
        self._left[bar].discard(run.key)
        if bar in self._tasks and not self._left[bar]:
            self.progress.remove_task(self._tasks.pop(bar))

    def _moved(self, run: Run, epoch: int) -> None:
        bar = _bar_of(run)
        self._epochs[bar][run.key] = epoch
        if bar in self._tasks:
            self.progress.update(self._tasks[bar], completed=sum(self._epochs[bar].values()))
