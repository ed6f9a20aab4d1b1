"""Train one run, from its windows to its result on disk."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import whole_file
from pipeline.experiments.family import Family
from pipeline.networks.kernels import kernel_of, machine
from pipeline.running.devices import about
from pipeline.running.run_directory import RunDirectory
from pipeline.spec.cells import FOREST
from pipeline.spec.data import Data
from pipeline.spec.fitting import require_fit
from pipeline.spec.frontend import MFCC
from pipeline.spec.run import Run
from pipeline.training.checkpoints import load, save
from pipeline.training.extras import Extras
from pipeline.training.fit import Keep, Outcome, Report
from pipeline.training.forest import fit_forest
from pipeline.training.rows import Row, row_of
from pipeline.training.trainer import Resumed, Trainer

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

CHECKPOINT_SECONDS = 10.0  # the most training that a kill can cost


def train_run(
    run: Run,
    family: Family[Any],
    trainer: Trainer,
    windows: Path,
    directory: RunDirectory,
    run_id: str,
    report: Report,
    resumed: Resumed = lambda history: None,
    every: float = CHECKPOINT_SECONDS,
) -> Row:
    """Train one run, from its checkpoint if it has one, and return its row of results.json.

    `windows` is the folder of the family's windows, `run_id` the run's id in the tracker, `every` the seconds between
    checkpoints. The results, model included, stay in the run's directory until they are delivered.
    """
    with directory.held():
        data = _load(run, family, windows)
        if run.experiment.variant == FOREST:
            row = _train_forest(run, family, data, directory)
        else:
            model = family.network(run.experiment, data, run.seed)
            keep = _keeper(directory, run_id, every)
            trained = trainer.train(run, data, model, report, load(directory.folder), resumed, keep)
            row = _finish(run, family, data, *trained, directory.artifacts)
        directory.write_result(row)
    return row


def _load(run: Run, family: Family[Any], windows: Path) -> Data:
    try:
        return family.load(run.experiment, run.seed, run.fold, windows)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise UserError(f"its windows cannot be read ({error}); run `make reproduce`") from None


def _keeper(directory: RunDirectory, run_id: str, every: float) -> Callable[["Compiled"], Keep]:
    """Build the callback that writes a checkpoint after an epoch if the last one is at least `every` seconds old."""
    last = time.monotonic()

    def keep(compiled: "Compiled", outcome: Outcome) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            save(directory.folder, outcome.checkpoint(compiled.state(), run_id))
            last = time.monotonic()

    return lambda compiled: lambda outcome: keep(compiled, outcome)


def _train_forest(run: Run, family: Family[Any], data: Data, directory: RunDirectory) -> Row:
    require_fit(run.experiment, data)
    directory.artifacts.mkdir(parents=True, exist_ok=True)
    outcome = fit_forest(run.experiment.frontend.mfcc or MFCC(), data, run.seed)
    return _row(run, family, data, outcome, [], Extras())


def _finish(run: Run, family: Family[Any], data: Data, model: Any, outcome: Outcome, folder: Path) -> Row:
    """Write the model and the family's own files, and return the row of the run."""
    with whole_file(folder / "model.keras") as beside:
        write_model(model, beside)
    extras = family.extras(run.experiment, data, model, outcome, run.seed)
    for name, content in extras.files.items():
        with whole_file(folder / name) as beside:
            beside.write_bytes(content)
    row = _row(run, family, data, outcome, [weight.numpy() for weight in model.trainable_variables], extras)
    return row | {"kernel": ": ".join(kernel_of(run.experiment, *machine())), "device": about()}


def _row(run: Run, family: Family[Any], data: Data, outcome: Outcome, weights: list[np.ndarray], extras: Extras) -> Row:
    examples = [family.example(data, row, outputs) for row, outputs in zip(data.shown, outcome.shown, strict=True)]
    return row_of(run, data, outcome, weights, examples, extras, family.keeps_probabilities)


def write_model(model: Any, path: Path) -> None:
    """Save a model in the .keras format, whatever the suffix of `path`."""
    named = path.with_name(f"{path.name}.keras")
    try:
        model.save(named)
        named.replace(path)
    finally:
        named.unlink(missing_ok=True)
