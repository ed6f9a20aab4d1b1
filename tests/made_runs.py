"""Runs that are trained in this process, without a worker and without a tracker."""

from pathlib import Path

from pipeline.experiments.registry import FAMILIES
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import train_run
from pipeline.spec.run import Run
from pipeline.training.rows import Row
from pipeline.training.trainer import Trainer


def trained(run: Run, windows: Path, unfinished: Path, trainer: Trainer | None = None) -> Row:
    """Train a run on the windows of its family below a folder, and return its row."""
    family = FAMILIES[run.experiment.family]
    directory = RunDirectory(unfinished, run.key)
    return train_run(run, family, trainer or Trainer(), windows / family.name, directory, "", lambda *_: None)
