"""Train one run, from its windows to its result on disk."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import whole_file
from pipeline.base.once import Once, Remembered, anew
from pipeline.experiments.family import Family
from pipeline.running.engines import about, out_of_memory
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
from pipeline.training.trainer import Loaded, Resumed, StackTrainer, Trainer, stackable

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled
    from pipeline.training.stack import Place

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


@dataclass(frozen=True)
class Task:
    """A run to train in a stack: its directory, its id in the tracker, and whom to tell of its epochs."""

    run: Run
    directory: RunDirectory
    run_id: str
    report: Report
    resumed: Resumed = lambda history: None


def train_stack(
    tasks: Sequence[Task],
    family: Family[Any],
    trainer: StackTrainer,
    windows: Path,
    every: float = CHECKPOINT_SECONDS,
) -> list[Row | Exception]:
    """Train runs of one experiment side by side, each from its checkpoint if it has one.

    Returns their rows, or what went wrong after the training of one, which the others do not share. Runs whose shapes
    differ are stacks of their own; a forest is none. The rest is as in `train_run`.
    """
    with ExitStack() as held:
        for task in tasks:
            held.enter_context(task.directory.held())
        if tasks[0].run.experiment.variant == FOREST:
            once = Remembered()
            found = [(task, _load(task.run, family, windows, once)) for task in tasks]
            return [_written(task, _train_forest, task.run, family, data, task.directory) for task, data in found]
        return _train_stacked(tasks, family, trainer, windows, every)


def _written(task: Task, finish: Callable[..., Row], *given: Any) -> Row | Exception:
    """Finish a run and write its result. What goes wrong is returned, but for a lack of memory, which all share."""
    try:
        row = finish(*given)
        task.directory.write_result(row)
    except Exception as error:
        if out_of_memory(error, task.run.engine):
            raise
        return error
    return row


def _train_stacked(
    tasks: Sequence[Task], family: Family[Any], trainer: StackTrainer, windows: Path, every: float
) -> list[Row | Exception]:
    loaded, once = [], Remembered()
    for task in tasks:
        data = _load(task.run, family, windows, once)
        model = family.network(task.run.experiment, data, task.run.seed)
        keep, checkpoint = _keeper(task.directory, task.run_id, every), load(task.directory.folder)
        loaded.append(Loaded(task.run, data, model, task.report, checkpoint, task.resumed, keep))
    trained = {
        one.run.key: result
        for group in stackable(loaded)
        for one, result in zip(group, trainer.train(group), strict=True)
    }
    return [
        _written(task, _finish, task.run, family, one.data, *trained[task.run.key], task.directory.artifacts)
        for task, one in zip(tasks, loaded, strict=True)
    ]


def _load(run: Run, family: Family[Any], windows: Path, once: Once = anew) -> Data:
    try:
        return family.load(run.experiment, run.seed, run.fold, windows, once)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise UserError(f"its windows cannot be read ({error}); run `make reproduce`") from None


def _keeper(directory: RunDirectory, run_id: str, every: float) -> Callable[["Compiled | Place"], Keep]:
    """Build the callback that writes a checkpoint after an epoch if the last one is at least `every` seconds old."""

    def begun(compiled: "Compiled | Place") -> Keep:
        last = time.monotonic()  # loading a stack can take longer than `every`, and is no training

        def keep(outcome: Outcome) -> None:
            nonlocal last
            if time.monotonic() - last >= every:
                save(directory.folder, outcome.checkpoint(compiled.state(), run_id))
                last = time.monotonic()

        return keep

    return begun


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
    row = _row(run, family, data, outcome, [np.asarray(weight.value) for weight in model.trainable_variables], extras)
    return row | about(run.engine)


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
