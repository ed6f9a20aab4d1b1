"""Trains runs one after the other in one process, reusing the compiled program for the next run of the same shapes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.networks.initial_weights import seed_of
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import Run
from pipeline.training.checkpoints import Checkpoint
from pipeline.training.fit import Keep, Outcome, Report, fit, outcome_of

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

Resumed = Callable[[dict[str, list[float | None]]], None]


def _updates(experiment: Experiment, data: Data) -> int:
    """Count the updates of a run, if its learning rate follows a schedule over them, else 0."""
    constant = experiment.optimizer.schedule == "constant"
    return 0 if constant else experiment.epochs * len(data.train(1))


def _compile(experiment: Experiment, data: Data, model: Any) -> "Compiled":
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer

    return Compiled(
        model,
        make_optimizer(experiment.optimizer, _updates(experiment, data)),
        experiment.loss,
        data.offsets,
        experiment.recurrent.state == "carry",
        experiment.label_smoothing,
        experiment.augmentation,
    )


class Trainer:
    """Trains runs one after the other."""

    def __init__(self) -> None:
        self._program: tuple[Any, ...] = ()
        self._compiled: Compiled | None = None

    def _compiled_for(self, experiment: Experiment, data: Data, model: Any) -> "Compiled":
        """Reuse the last run's program if this one needs the same: equal network, update and shapes.

        A family may build a network of its own, and the number of words shows only in the shapes of the weights.
        """
        update = experiment.optimizer, experiment.loss, experiment.label_smoothing, experiment.augmentation
        offsets = None if data.offsets is None else data.offsets.tolist()  # they are compiled in
        shapes = data.sequences.shape, data.sequences.dtype, data.timesteps, data.outputs, data.masked, offsets
        weights = [tuple(variable.shape) for variable in model.variables]
        network = experiment.family, experiment.network(), weights
        program = (network, update, shapes, experiment.batch, _updates(experiment, data))
        if self._compiled is None or program != self._program:
            self._program, self._compiled = program, _compile(experiment, data, model)
        return self._compiled

    def begin(self, run: Run, data: Data, model: Any) -> "Compiled":
        """Load the variables of `model`, which has initial weights, and the run's data into the compiled program."""
        compiled = self._compiled_for(run.experiment, data, model)
        compiled.begin(model, (data.sequences, data.lengths, data.targets), seed_of(run.seed, "varied and mixed"))
        return compiled

    def train(
        self,
        run: Run,
        data: Data,
        model: Any,
        report: Report,
        checkpoint: Checkpoint | None = None,
        resumed: Resumed = lambda history: None,
        keep: Callable[["Compiled"], Keep] = lambda compiled: lambda outcome: None,
    ) -> tuple[Any, Outcome]:
        """Train a run, from its checkpoint if it has one. Returns the model and the outcome.

        `report` is called with the metrics of every epoch, `resumed` with the history of a checkpoint, and the result
        of `keep` after every epoch, to write another checkpoint.
        """
        compiled = self.begin(run, data, model)
        outcome = None
        if checkpoint:
            compiled.restore(checkpoint.arrays["state"])
            outcome = outcome_of(checkpoint)
            resumed(outcome.history)
        capacity = data.capacity(run.experiment.batch)
        outcome = fit(compiled, run.experiment, data, capacity, report, outcome, keep(compiled))
        return compiled.model, outcome
