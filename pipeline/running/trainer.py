"""Trains runs one after the other in one process, keeping what is compiled for the next run of the same shapes."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pipeline.base.console import UserError
from pipeline.base.files import whole_file
from pipeline.experiments import FAMILIES, Experiment
from pipeline.networks.initial_weights import seed_of
from pipeline.networks.kernels import kernel_of, machine
from pipeline.running.devices import about
from pipeline.running.plan import NO_EFFECT, Run
from pipeline.running.run_directory import Desk
from pipeline.spec.compatibility import FOREST
from pipeline.spec.data import Data
from pipeline.training.checkpoints import load, save
from pipeline.training.extras import further
from pipeline.training.fit import Keep, Outcome, Report, fit, outcome_of
from pipeline.training.forest import grow
from pipeline.training.rows import row_of

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

CHECKPOINT_SECONDS = 10.0  # what a kill may cost, and no more
Resumed = Callable[[dict[str, list[float | None]]], None]
_NOT_COMPILED = NO_EFFECT | {"name", "protocol", "epochs", "patience", "marks"}


class Trainer:
    """Trains runs one after the other. A run's checkpoints go to its desk below `desks`, one in `every` seconds."""

    def __init__(self, windows: Path, desks: Path, every: float = CHECKPOINT_SECONDS) -> None:
        self._windows, self._desks, self._every = windows, desks, every
        self._shapes: tuple[Any, ...] = ()
        self._compiled: Compiled | None = None

    def _compiled_for(self, experiment: Experiment, data: Data, model: Any) -> "Compiled":
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import optimizer_of

        recipe = experiment.model_dump(mode="json", exclude=_NOT_COMPILED)
        updates = experiment.epochs * len(data.train(1)) if experiment.schedule != "constant" else 0
        sequences = (data.sequences.shape, data.sequences.dtype, data.timesteps)
        shapes = (str(recipe), *sequences, data.outputs, data.masked, updates)
        if self._compiled is None or shapes != self._shapes:
            carry = experiment.state == "carry"
            optimizer = optimizer_of(experiment, updates)
            soft = experiment.smoothing, experiment.mixup, experiment.varied
            made = Compiled(model, optimizer, experiment.loss, data.offsets, carry, *soft)
            self._shapes, self._compiled = shapes, made
        return self._compiled

    def _data(self, run: Run) -> Data:
        family = FAMILIES[run.experiment.family]
        try:
            data: Data = family.load(run.experiment, run.seed, run.fold, self._windows / run.experiment.family)
            return data
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise UserError(f"its windows cannot be read ({error}); run `make reproduce`") from None

    def _begin(self, run: Run, data: Data) -> "Compiled":
        model = FAMILIES[run.experiment.family].network(run.experiment, data, run.seed)
        compiled = self._compiled_for(run.experiment, data, model)
        compiled.begin(model, (data.sequences, data.lengths, data.targets), seed_of(run.seed, "varied and mixed"))
        return compiled

    def _keeper(self, desk: Desk, compiled: "Compiled", run_id: str) -> Keep:
        last = time.monotonic()

        def keep(outcome: Outcome) -> None:
            nonlocal last
            if time.monotonic() - last >= self._every:
                save(desk.folder, outcome.checkpoint(compiled.state(), run_id))
                last = time.monotonic()

        return keep

    def _resume(self, desk: Desk, compiled: "Compiled") -> Outcome | None:
        checkpoint = load(desk.folder)
        if checkpoint is None:
            return None
        compiled.restore(checkpoint.arrays["state"])
        return outcome_of(checkpoint)

    def train(self, run: Run, run_id: str, report: Report, resumed: Resumed = lambda history: None) -> dict[str, Any]:
        """Train one run, from its checkpoint if it has one, and return what results.json says of it.

        `run_id` is that of the tracker. What the run gave, model included, stays on its desk until it is delivered.
        """
        desk = Desk(self._desks, run.key)
        with desk.held():
            data = self._data(run)
            if run.experiment.variant == FOREST:
                desk.artifacts.mkdir(parents=True, exist_ok=True)
                row = row_of(run, data, grow(run.experiment, data, run.seed), [])
                desk.write_result(row)
                return row
            compiled = self._begin(run, data)
            outcome = self._resume(desk, compiled)
            if outcome:
                resumed(outcome.history)
            keep = self._keeper(desk, compiled, run_id)
            outcome = fit(compiled, run.experiment, data, data.capacity(run.experiment.batch), report, outcome, keep)
            row = self._finish(run, data, compiled.model, outcome, desk.artifacts)
            desk.write_result(row)
        return row

    def forget(self, run: Run) -> None:
        """Let go of what is compiled, and of the checkpoints of a run."""
        self._shapes, self._compiled = (), None
        Desk(self._desks, run.key).clear()

    def _finish(self, run: Run, data: Data, model: Any, outcome: Outcome, folder: Path) -> dict[str, Any]:
        """Write the model and what the family keeps, and return the row of the run."""
        with whole_file(folder / "model.keras") as beside:
            write_model(model, beside)
        more = further(FAMILIES[run.experiment.family], run.experiment, data, model, outcome, run.seed)
        for name, content in more.files.items():
            with whole_file(folder / name) as beside:
                beside.write_bytes(content)
        outcome.metrics |= more.metrics
        row = row_of(run, data, outcome, [weight.numpy() for weight in model.trainable_variables], more)
        return row | {"kernel": ": ".join(kernel_of(run.experiment, *machine())), "device": about()}


def write_model(model: Any, path: Path) -> None:
    """Save a model as a .keras file, whatever the path is called."""
    named = path.with_name(f"{path.name}.keras")
    try:
        model.save(named)
        named.replace(path)
    finally:
        named.unlink(missing_ok=True)
