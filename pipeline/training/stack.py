"""Several runs of the same shapes in one program, on JAX: an epoch of all, and predictions of all.

The functions are written for one run, `lax.fori_loop` goes over its batches, and `jax.vmap` stacks them. Small networks
leave a GPU idle one at a time; hundreds fill it. The number of batches is given when a program runs, not compiled in:
one serves the validation part, the test part and the examples, and an epoch of any length.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from pipeline.spec.augmentation import Augmentation
from pipeline.spec.data import ABSENT
from pipeline.training.augmentation import augment
from pipeline.training.draws import Draws
from pipeline.training.losses import LOSSES, right, smoothed
from pipeline.training.mixup import Mixup, mixed, neighbours
from pipeline.training.stack_store import Store, shared
from pipeline.training.stack_values import StackValues, Values

PREDICT_BATCH = 50
LEAST = 2  # runs in a stack: XLA drops an axis of one, and would order the arithmetic of a single run in another way
NO_AUGMENTATION = Augmentation()


def _room(count: int) -> int:
    """Round a number of batches up, so that few programs serve all."""
    return 1 << max(count - 1, 0).bit_length()


def _at(array: Any, place: Any) -> Any:
    return lax.dynamic_index_in_dim(array, place, keepdims=False)


def _set(array: Any, place: Any, value: Any) -> Any:
    return lax.dynamic_update_index_in_dim(array, value, place, 0)


class Stack:
    """A model, its optimizer, and the values of its variables for every run.

    What is given is that of `compiled.Compiled`, which trains one run on TensorFlow. A run that gets no batches keeps
    its values while the others train. The arithmetic of a run does not depend on the others.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        loss: str = "cross_entropy",
        offsets: Any = None,
        carry: bool = False,
        label_smoothing: float = 0.0,
        augmentation: Augmentation = NO_AUGMENTATION,
    ) -> None:
        self.model, self.optimizer = model, optimizer
        optimizer.build(model.trainable_variables)
        self._untouched = [np.asarray(variable.value) for variable in optimizer.variables]
        self._loss, self._offsets = smoothed(label_smoothing) if label_smoothing else LOSSES[loss], offsets
        states = [id(state) for layer in model.layers if getattr(layer, "stateful", False) for state in layer.states]
        self._carried = [id(variable) in states for variable in model.non_trainable_variables]
        self._carry = carry
        self._mixup = Mixup(augmentation.mixup) if augmentation.mixup else None
        self._augmentation = augmentation.of_clips
        self._at_once = 1 if any(self._carried) else PREDICT_BATCH
        self._averages = _places(optimizer.variables, _moving_averages(optimizer))
        self._epoch = jax.jit(jax.vmap(self._epoch_of, in_axes=(0, 0, 0, None, 0, 0, None)))
        self._predict = jax.jit(jax.vmap(self._predict_of, in_axes=(0, 0, None, 0, None)))
        self._trainable = _places(model.variables, model.trainable_variables)
        self._others = _places(model.variables, model.non_trainable_variables)
        self._rooms = {"epoch": 1, "predict": 1}  # batches that the programs have room for

    def begin(self, models: Sequence[Any], stores: Sequence[Store], seeds: Sequence[int]) -> None:
        """Start runs with the variables of their models, and their sequences, lengths and targets.

        `seeds` are those of augmentation and mixup.
        """
        self.size = len(models)
        slots = [*range(self.size), *[0] * (LEAST - self.size)]
        self._seeds = jnp.asarray([seeds[n] % 2**31 for n in slots], jnp.int32)
        self._store, which = shared(stores)
        self._which = jnp.asarray(which[slots])
        initial = [self._initial(model) for model in models]
        self._values = StackValues([initial[n] for n in slots])

    def _filled(self, rows: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """Lay the rows of each run into an array (slots, *shape); slots without a run, and what is left, are 0."""
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

    def _forgotten(self, others: list[Any]) -> list[Any]:
        """Set the states that are carried from row to row to zero."""
        pairs = zip(others, self._carried, strict=True)
        return [jnp.zeros_like(value) if carried else value for value, carried in pairs]

    def _inputs(self, store: Any, which: Any, rows: Any) -> list[Any]:
        sequences, lengths, _ = store
        steps = sequences[which, rows if self._offsets is None else rows[:, None] + self._offsets]
        return [steps.astype(self.model.inputs[0].dtype), lengths[which, rows]][: len(self.model.inputs)]

    def _asked(self, outputs: Any, targets: Any, shares: Any) -> Any:
        """Compute the loss of each row, with that of the neighbours for mixed rows."""
        if shares is None:
            return self._loss(outputs, targets)
        return shares * self._loss(outputs, targets) + (1 - shares) * self._loss(outputs, neighbours(targets))

    def _update(self, values: Values, seed: Any, which: Any, store: Any, rows: Any) -> tuple[Values, tuple[Any, Any]]:
        """Update the weights of one run by one batch; return its loss and accuracy before the update."""
        trainable, others, optimizer = values
        there = rows > ABSENT
        weights = there.astype(jnp.float32) / there.astype(jnp.float32).sum()
        rows = jnp.maximum(rows, 0)
        targets, inputs, shares = store[2][which, rows], self._inputs(store, which, rows), None
        draws = Draws(seed, optimizer[0])  # the number of the update
        if self._augmentation != NO_AUGMENTATION:
            inputs = [augment(inputs[0], self._augmentation, draws)]
        if self._mixup:
            shares = self._mixup.shares(draws, there)
            inputs = [mixed(inputs[0], shares)]

        def loss_of(trainable: list[Any]) -> tuple[Any, tuple[Any, list[Any]]]:
            call = partial(self.model.stateless_call, training=True, return_losses=True)
            outputs, after, penalties = call(trainable, others, inputs)
            loss = (weights * self._asked(outputs, targets, shares)).sum() + sum(penalties)
            return loss, (outputs, after)

        (loss, (outputs, others)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return (trainable, others, optimizer), (loss, (weights * right(outputs, targets)).sum())

    def _epoch_of(self, values: Values, seed: Any, which: Any, store: Any, rows: Any, batches: Any, most: Any) -> Any:
        """Train one run on its `batches`; `most` is the largest number of them in the stack."""
        trainable, others, optimizer = values
        start = trainable, others if self._carry else self._forgotten(others), optimizer

        def step(place: Any, done: tuple[Values, Any, Any]) -> tuple[Values, Any, Any]:
            values, losses, hits = done
            new, (loss, hit) = self._update(values, seed, which, store, _at(rows, place))
            kept = jax.tree.map(partial(jnp.where, place < batches), new, values)
            return kept, _set(losses, place, loss), _set(hits, place, hit)

        measured = jnp.zeros(len(rows)), jnp.zeros(len(rows))
        after, losses, hits = lax.fori_loop(0, most, step, (start, *measured))
        return jax.tree.map(partial(jnp.where, batches > 0), after, values), losses, hits

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
        after, *measured = self._epoch(*given)
        self._values.trained(after)
        losses, hits = jax.device_get(measured)
        return [(losses[place, : len(mine)], hits[place, : len(mine)]) for place, mine in enumerate(rows)]

    def _measured(self, values: Values) -> list[Any]:
        """Choose the weights that are measured: their average over the updates, if the optimizer keeps one."""
        trainable, _, optimizer = values
        if not self._averages:
            return trainable
        averages = [optimizer[n] for n in self._averages]
        return [jnp.where(optimizer[0] > 0, mean, value) for mean, value in zip(averages, trainable, strict=True)]

    def _predict_of(self, values: Values, which: Any, store: Any, rows: Any, most: Any) -> Any:
        trainable = self._measured(values)
        call = partial(self.model.stateless_call, training=False)

        def step(place: Any, done: tuple[list[Any], Any]) -> tuple[list[Any], Any]:
            others, outputs = done
            found, others = call(trainable, others, self._inputs(store, which, _at(rows, place)))
            return others, _set(outputs, place, found)

        outputs = jnp.zeros((*rows.shape, self.model.outputs[0].shape[-1]))
        return lax.fori_loop(0, most, step, (self._forgotten(values[1]), outputs))[1]

    def predict(self, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Predict rows of each run, (rows, outputs) float32: logits, or numbers."""
        most = -(-max(map(len, rows)) // self._at_once)
        if not most:
            return [np.empty((0, self.model.outputs[0].shape[-1]), np.float32) for _ in rows]
        outputs = self._predicted(rows, most)
        return [outputs[place, : len(mine)] for place, mine in enumerate(rows)]

    def _predicted(self, rows: Sequence[np.ndarray], most: int) -> np.ndarray:
        self._rooms["predict"] = room = max(self._rooms["predict"], _room(most))
        batches = self._filled(rows, (room * self._at_once,)).reshape(-1, room, self._at_once)
        given = self._values.device, self._which, self._store, batches, np.int32(most)
        outputs = np.asarray(self._predict(*given))
        return outputs.reshape(len(outputs), room * self._at_once, -1)

    def warm_up(self, batch: int, batches: int, rows: int) -> None:
        """Compile for epochs of so many batches and predictions of so many rows, so that seconds exclude compiling."""
        self._rooms["epoch"] = max(self._rooms["epoch"], _room(batches))
        self._rooms["predict"] = max(self._rooms["predict"], _room(-(-rows // self._at_once)))
        if self.model.trainable_variables:
            self.train_epoch([np.zeros((0, batch), np.int32)] * self.size)
        self._predicted([np.zeros(0, np.int32)] * self.size, 0)

    def settle(self, place: int) -> None:
        """Set the weights of a run to their average over the updates, if the optimizer keeps one."""
        _, others, optimizer = self._values.read(place)
        if self._averages and optimizer[0] > 0:
            self._values.write(place, ([optimizer[n] for n in self._averages], others, optimizer))

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


def _places(variables: Sequence[Any], some: Sequence[Any]) -> list[int]:
    """Find the places of some of the variables among all."""
    every = {id(variable): place for place, variable in enumerate(variables)}
    return [every[id(variable)] for variable in some]


def _moving_averages(optimizer: Any) -> list[Any]:
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []
