"""Windows and runs made in this process, without stages, workers or a tracker."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import Task, train_run, train_stack
from pipeline.spec.run import JAX, Run
from pipeline.training.rows import Row
from pipeline.training.trainer import StackTrainer, Trainer


def make_windows(params: Params, family: str, windows: Path, raw: Path | None = None) -> Path:
    """Make the windows of a family below a folder, from originals where there are some, and return its own folder."""
    inputs = Inputs(raw or windows, windows, params.most_seeds(family), params.sounds)
    FAMILIES[family].make_windows(params.needed(family), inputs, windows / family)
    return windows / family


def trained(run: Run, windows: Path, unfinished: Path, trainer: Trainer | None = None) -> Row:
    """Train a run on the windows of its family below a folder, and return its row."""
    family = FAMILIES[run.experiment.family]
    directory = RunDirectory(unfinished, run.key)
    return train_run(run, family, trainer or Trainer(), windows / family.name, directory, "", lambda *_: None)


def trained_on_jax(runs: Sequence[Run], windows: Path, unfinished: Path) -> list[Row]:
    """Train runs of one experiment as a stack, in a process with Keras on JAX, and return their rows."""
    family = FAMILIES[runs[0].experiment.family]
    mine = [replace(run, engine=JAX) for run in runs]
    tasks = [Task(run, RunDirectory(unfinished, f"jax {run.key}"), "", lambda *_: None) for run in mine]
    return all_rows(train_stack(tasks, family, StackTrainer(), windows / family.name))


def all_rows(found: Sequence[Row | Exception]) -> list[Row]:
    """Return the rows of a stack, or raise what went wrong with one of its runs."""
    rows = [one for one in found if not isinstance(one, Exception)]
    for error in found:
        if isinstance(error, Exception):
            raise error
    return rows
