"""Trains runs in one process, one after the other or stacked, reusing the compiled program for the same shapes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.networks.initial_weights import seed_of
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import Run
from pipeline.training.checkpoints import Checkpoint
from pipeline.training.fit import Keep, Outcome, Report, fit, new_outcome, outcome_of
from pipeline.training.stack_size import LEAST, lanes_of

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled
    from pipeline.training.setup import Setup
    from pipeline.training.stack import Place, Stack

Resumed = Callable[[dict[str, list[float | None]]], None]


def _updates(experiment: Experiment, data: Data) -> int:
    """Count the updates of a run, if its learning rate follows a schedule over them, else 0."""
    constant = experiment.optimizer.schedule == "constant"
    return 0 if constant else experiment.epochs * len(data.train(1))


def _setup(experiment: Experiment, data: Data, model: Any) -> "Setup":
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    return Setup(
        model,
        make_optimizer(experiment.optimizer, _updates(experiment, data)),
        experiment.loss,
        data.offsets,
        experiment.recurrent.state == "carry",
        experiment.label_smoothing,
        experiment.augmentation,
    )


def program_of(experiment: Experiment, data: Data, model: Any) -> tuple[Any, ...]:
    """List what a compiled program depends on: two runs with the same can share one, or be stacked.

    A family may build a network of its own, and the number of words shows only in the shapes of the weights.
    """
    update = experiment.optimizer, experiment.loss, experiment.label_smoothing, experiment.augmentation
    offsets = None if data.offsets is None else data.offsets.tolist()  # they are compiled in
    shapes = data.sequences.shape, data.sequences.dtype, data.timesteps, data.outputs, data.masked, offsets
    weights = [tuple(variable.shape) for variable in model.variables]
    network = experiment.family, experiment.network(), weights
    return network, update, shapes, experiment.batch, _updates(experiment, data)


def store_of(data: Data) -> tuple[Any, Any, Any]:
    """List the arrays that a run is trained from."""
    return data.sequences, data.lengths, data.targets


def drawing_seed(run: Run) -> int:
    """Derive the seed of augmentation and mixup."""
    return seed_of(run.seed, "varied and mixed")


class Trainer:
    """Trains runs one after the other, on TensorFlow."""

    def __init__(self) -> None:
        self._program: tuple[Any, ...] = ()
        self._compiled: Compiled | None = None

    def _compiled_for(self, experiment: Experiment, data: Data, model: Any) -> "Compiled":
        """Reuse the last run's program if this one needs the same: equal network, update and shapes."""
        from pipeline.training.compiled import Compiled

        program = program_of(experiment, data, model)
        if self._compiled is None or program != self._program:
            self._program, self._compiled = program, Compiled(_setup(experiment, data, model))
        return self._compiled

    def begin(self, run: Run, data: Data, model: Any) -> "Compiled":
        """Load the variables of `model`, which has initial weights, and the run's data into the compiled program."""
        compiled = self._compiled_for(run.experiment, data, model)
        compiled.begin(model, store_of(data), drawing_seed(run))
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


@dataclass
class Loaded:
    """A run that is about to train in a stack: its data, its model with initial weights, and whom to tell."""

    run: Run
    data: Data
    model: Any
    report: Report
    checkpoint: Checkpoint | None = None
    resumed: Resumed = lambda history: None
    keep: Callable[["Place"], Keep] = lambda place: lambda outcome: None


class StackTrainer:
    """Trains runs of the same shapes side by side, on JAX. All stacks of an experiment have the same lanes."""

    def __init__(self) -> None:
        self._built: tuple[Any, int] = (), 0  # the program of the stack, and its lanes
        self._stack: Stack | None = None
        self._fewer: dict[str, int] = {}  # lanes of the experiments that need too much memory otherwise

    def lanes(self, experiment: Experiment) -> int:
        """Choose how many runs of an experiment train at once."""
        from pipeline.networks.kernel_options import of_machine

        return self._fewer.get(experiment.name) or lanes_of(experiment, gpu=of_machine().on)

    def shrink(self, experiment: Experiment) -> int:
        """Halve the lanes for an experiment from now on, and return how many are left; 0 if they cannot be halved."""
        left = self.lanes(experiment) // 2
        if left < LEAST:
            return 0
        self._fewer[experiment.name], self._stack = left, None
        return left

    def _stack_for(self, loaded: Sequence[Loaded]) -> "Stack":
        from pipeline.training.stack import Stack

        first = loaded[0]
        wanted = program_of(first.run.experiment, first.data, first.model), self.lanes(first.run.experiment)
        if self._stack is None or wanted != self._built:
            self._built = wanted
            self._stack = Stack(_setup(first.run.experiment, first.data, first.model), wanted[1])
        return self._stack

    def train(self, loaded: Sequence[Loaded]) -> list[tuple[Any, Outcome]]:
        """Train runs that `stackable` found alike, each from its checkpoint if it has one.

        Returns their models and outcomes.
        """
        lanes = self.lanes(loaded[0].run.experiment)
        return [done for first in range(0, len(loaded), lanes) for done in self._train(loaded[first : first + lanes])]

    def _train(self, loaded: Sequence[Loaded]) -> list[tuple[Any, Outcome]]:
        from pipeline.training.fit_stack import Member, fit_stack
        from pipeline.training.stack import Place

        stack = self._stack_for(loaded)
        stack.begin([one.model for one in loaded], [store_of(one.data) for one in loaded], [*map(_seed, loaded)])
        members = []
        for n, one in enumerate(loaded):
            place, outcome = Place(stack, n), new_outcome(one.run.experiment)
            if one.checkpoint:
                place.restore(one.checkpoint.arrays["state"])
                outcome = outcome_of(one.checkpoint)
                one.resumed(outcome.history)
            members.append(Member(one.run.experiment, one.data, outcome, one.report, one.keep(place)))
        fit_stack(stack, members)
        return [(stack.unload(n, one.model), members[n].outcome) for n, one in enumerate(loaded)]


def _seed(loaded: Loaded) -> int:
    return drawing_seed(loaded.run)


def stackable(loaded: Sequence[Loaded]) -> list[list[Loaded]]:
    """Group runs that can train in one program, in their order."""
    groups: list[tuple[Any, list[Loaded]]] = []
    for one in loaded:
        program = program_of(one.run.experiment, one.data, one.model)
        found = next((group for key, group in groups if key == program), None)
        if found is None:
            groups.append((program, [one]))
        else:
            found.append(one)
    return [group for _, group in groups]
