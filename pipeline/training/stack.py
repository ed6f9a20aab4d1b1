"""Several runs of the same shapes in one program, on JAX: an epoch of all, and predictions of all.

Small networks leave a GPU idle one at a time; hundreds fill it.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from pipeline.training.setup import Setup
from pipeline.training.stack_program import StackProgram, places_of
from pipeline.training.stack_size import LEAST
from pipeline.training.stack_store import Store, shared
from pipeline.training.stack_values import StackValues, Values


def _room(count: int) -> int:
    """Round a number of batches up, so that few programs serve all."""
    return 1 << max(count - 1, 0).bit_length()


class Stack:
    """A model, its optimizer, and the values of its variables for every run.

    A run that gets no batches keeps its values while the others train. The arithmetic of a run does not depend on the
    others.
    """

    def __init__(self, setup: Setup, lanes: int = LEAST) -> None:
        self._lanes, self.model, self.optimizer = lanes, setup.model, setup.optimizer
        self.optimizer.build(self.model.trainable_variables)
        self._untouched = [np.asarray(variable.value) for variable in self.optimizer.variables]
        self._program = StackProgram(setup)
        self._trainable = places_of(self.model.variables, self.model.trainable_variables)
        self._others = places_of(self.model.variables, self.model.non_trainable_variables)
        self._rooms = {"epoch": 1, "predict": 1}  # batches that the programs have room for

    def begin(self, models: Sequence[Any], stores: Sequence[Store], seeds: Sequence[int]) -> None:
        """Start runs with the variables of their models, and their sequences, lengths and targets.

        A lane without a run has the values of the first one, which no batch changes. `seeds` are those of augmentation
        and mixup.
        """
        self.size = len(models)
        lanes = [*range(self.size), *[0] * (self._lanes - self.size)]
        self._seeds = jnp.asarray([seeds[n] % 2**31 for n in lanes], jnp.int32)
        self._store: Any = ()  # free the data and values of the last runs before loading the next
        self._values: Any = None
        self._store, which = shared(stores)
        self._which = jnp.asarray(which[lanes])
        initial = [self._initial(model) for model in models]
        self._values = StackValues([initial[n] for n in lanes])

    def _filled(self, rows: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """Lay the rows of each run into an array (lanes, *shape); lanes without a run, and what is left, are 0."""
        filled = np.zeros((len(self._which), *shape), np.int32)
        for place, mine in enumerate(rows):
            filled[place, : len(mine)] = mine
        return filled

    def _initial(self, model: Any) -> Values:
        both = (
            [np.asarray(v.value) for v in some] for some in (model.trainable_variables, model.non_trainable_variables)
        )
        trainable, others = both
        return trainable, others, self._untouched

    def state(self, place: int) -> list[np.ndarray]:
        """Copy all that training changes of one run, in the order of `Compiled.state`."""
        trainable, others, optimizer = self._values.read(place)
        model = dict(zip([*self._trainable, *self._others], [*trainable, *others], strict=True))
        return [*(model[n] for n in range(len(model))), *optimizer]

    def restore(self, place: int, state: list[np.ndarray]) -> None:
        """Set the values of one run to a result of `state`. Raises ValueError if it is of another network."""
        count = len(self._trainable) + len(self._others)
        model, optimizer = state[:count], state[count:]
        values = [model[n] for n in self._trainable], [model[n] for n in self._others], optimizer
        self._values.write(place, values)

    def train_epoch(self, rows: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Train each run on its rows (batches, batch) in order; one without batches is left as it is.

        Returns loss and accuracy of each batch before its update, for each run.
        """
        batches = np.zeros(len(self._which), np.int32)
        batches[: self.size] = [len(mine) for mine in rows]
        most = int(batches.max())
        self._rooms["epoch"] = max(self._rooms["epoch"], _room(most))
        filled = self._filled(rows, (self._rooms["epoch"], rows[0].shape[1]))
        given = self._values.device, self._seeds, self._which, self._store, filled, batches, np.int32(most)
        after, *measured = self._program.epoch(*given)
        self._values.trained(after)
        losses, hits = jax.device_get(measured)
        return [(losses[place, : len(mine)], hits[place, : len(mine)]) for place, mine in enumerate(rows)]

    def predict(self, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Predict rows of each run, (rows, outputs) float32: logits, or numbers."""
        most = -(-max(map(len, rows)) // self._program.at_once)
        if not most:
            return [np.empty((0, self.model.outputs[0].shape[-1]), np.float32) for _ in rows]
        outputs = self._predicted(rows, most)
        return [outputs[place, : len(mine)] for place, mine in enumerate(rows)]

    def _predicted(self, rows: Sequence[np.ndarray], most: int) -> np.ndarray:
        self._rooms["predict"] = room = max(self._rooms["predict"], _room(most))
        batches = self._filled(rows, (room * self._program.at_once,)).reshape(-1, room, self._program.at_once)
        given = self._values.device, self._which, self._store, batches, np.int32(most)
        outputs = np.asarray(self._program.predict(*given))
        return outputs.reshape(len(outputs), room * self._program.at_once, -1)

    def warm_up(self, batch: int, batches: int, rows: int) -> None:
        """Compile for epochs of so many batches and predictions of so many rows, so that seconds exclude compiling."""
        self._rooms["epoch"] = max(self._rooms["epoch"], _room(batches))
        self._rooms["predict"] = max(self._rooms["predict"], _room(-(-rows // self._program.at_once)))
        if self.model.trainable_variables:
            self.train_epoch([np.zeros((0, batch), np.int32)] * self.size)
        self._predicted([np.zeros(0, np.int32)] * self.size, 0)

    def settle(self, place: int) -> None:
        """Set the weights of a run to their average over the updates, if the optimizer keeps one."""
        _, others, optimizer = self._values.read(place)
        if self._program.averages and optimizer[0] > 0:
            self._values.write(place, ([optimizer[n] for n in self._program.averages], others, optimizer))

    def unload(self, place: int, model: Any) -> Any:
        """Write the variables of a run into a model of its network, and return that."""
        for variable, value in zip(model.variables, self.state(place), strict=False):
            variable.assign(value)
        return model


class Place:
    """One run of a stack, as `Compiled` is one run on TensorFlow."""

    def __init__(self, stack: Stack, place: int) -> None:
        self._stack, self._place = stack, place

    def state(self) -> list[np.ndarray]:
        """Copy all that training changes."""
        return self._stack.state(self._place)

    def restore(self, state: list[np.ndarray]) -> None:
        """Set it to a result of `state`."""
        self._stack.restore(self._place, state)
