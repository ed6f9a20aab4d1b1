"""Several runs of the same shapes in one program, on JAX: an epoch of all, and predictions of all.

The functions are written for one run, `lax.scan` goes over its batches, and `jax.vmap` stacks them. Small networks
leave a GPU idle one at a time; hundreds fill it.
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

PREDICT_BATCH = 50
LEAST = 2  # runs in a stack: XLA drops an axis of one, and would order the arithmetic of a single run in another way
NO_AUGMENTATION = Augmentation()
Store = tuple[np.ndarray, np.ndarray, np.ndarray]
Values = tuple[list[Any], list[Any], list[Any]]  # of the trainable variables, of the others, of the optimizer's


def _shared(stores: Sequence[Store]) -> tuple[tuple[Any, ...], np.ndarray]:
    """Stack the stores that differ, each once, and tell which one is that of each run."""
    found: list[Store] = []
    places = []
    for store in stores:
        same = (n for n, other in enumerate(found) if all(map(np.array_equal, store, other)))
        place = next(same, len(found))
        found += [store] if place == len(found) else []
        places.append(place)
    return tuple(jnp.asarray(np.stack(arrays)) for arrays in zip(*found, strict=True)), np.array(places, np.int32)


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
        self._epoch = jax.jit(jax.vmap(self._epoch_of, in_axes=(0, 0, 0, None, 0, 0)))
        self._predict = jax.jit(jax.vmap(self._predict_of, in_axes=(0, 0, None, 0)))
        self._trainable = _places(model.variables, model.trainable_variables)
        self._others = _places(model.variables, model.non_trainable_variables)

    def begin(self, models: Sequence[Any], stores: Sequence[Store], seeds: Sequence[int]) -> None:
        """Start runs with the variables of their models, and their sequences, lengths and targets.

        `seeds` are those of augmentation and mixup.
        """
        self.size = len(models)
        slots = [*range(self.size), *[0] * (LEAST - self.size)]
        self._seeds = jnp.asarray([seeds[n] % 2**31 for n in slots], jnp.int32)
        self._store, which = _shared(stores)
        self._which = jnp.asarray(which[slots])
        initial = [self._initial(model) for model in models]
        self._values = _stacked([initial[n] for n in slots])

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
        trainable, others, optimizer = jax.tree.map(lambda leaf: np.asarray(leaf[place]), self._values)
        model = dict(zip([*self._trainable, *self._others], [*trainable, *others], strict=True))
        return [*(model[n] for n in range(len(model))), *optimizer]

    def restore(self, place: int, state: list[np.ndarray]) -> None:
        """Set the values of one run to a result of `state`. Raises ValueError if it is of another network."""
        count = len(self._trainable) + len(self._others)
        model, optimizer = state[:count], state[count:]
        values = [model[n] for n in self._trainable], [model[n] for n in self._others], optimizer
        self._values = jax.tree.map(lambda leaf, one: leaf.at[place].set(one), self._values, values)

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

    def _epoch_of(self, values: Values, seed: Any, which: Any, store: Any, rows: Any, batches: Any) -> Any:
        trainable, others, optimizer = values
        start = trainable, others if self._carry else self._forgotten(others), optimizer

        def step(values: Values, given: tuple[Any, Any]) -> tuple[Values, tuple[Any, Any]]:
            place, rows = given
            new, measured = self._update(values, seed, which, store, rows)
            return jax.tree.map(partial(jnp.where, place < batches), new, values), measured

        after, measured = lax.scan(step, start, (jnp.arange(len(rows)), rows))
        kept = jax.tree.map(partial(jnp.where, batches > 0), after, values)
        return kept, measured

    def train_epoch(self, rows: Sequence[np.ndarray], capacity: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Train each run on its rows (batches, batch) in order; one without batches is left as it is.

        Returns loss and accuracy of each batch before its update, for each run. `capacity` is the largest number of
        batches of any run of these shapes.
        """
        batches = np.zeros(len(self._which), np.int32)
        batches[: self.size] = [len(mine) for mine in rows]
        filled = self._filled(rows, (capacity, rows[0].shape[1]))
        given = self._values, self._seeds, self._which, self._store, filled, batches
        self._values, measured = self._epoch(*given)
        losses, hits = map(np.asarray, measured)
        return [(losses[place, : len(mine)], hits[place, : len(mine)]) for place, mine in enumerate(rows)]

    def _measured(self, values: Values) -> list[Any]:
        """Choose the weights that are measured: their average over the updates, if the optimizer keeps one."""
        trainable, _, optimizer = values
        if not self._averages:
            return trainable
        averages = [optimizer[n] for n in self._averages]
        return [jnp.where(optimizer[0] > 0, mean, value) for mean, value in zip(averages, trainable, strict=True)]

    def _predict_of(self, values: Values, which: Any, store: Any, rows: Any) -> Any:
        trainable = self._measured(values)

        def step(others: list[Any], rows: Any) -> tuple[list[Any], Any]:
            call = partial(self.model.stateless_call, training=False)
            outputs, others = call(trainable, others, self._inputs(store, which, rows))
            return others, outputs

        return lax.scan(step, self._forgotten(values[1]), rows)[1]

    def predict(self, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Predict rows of each run, (rows, outputs) float32: logits, or numbers."""
        most = -(-max(map(len, rows)) // self._at_once)
        if not most:
            return [np.empty((0, self.model.outputs[0].shape[-1]), np.float32) for _ in rows]
        batches = self._filled(rows, (most * self._at_once,)).reshape(-1, most, self._at_once)
        outputs = np.asarray(self._predict(self._values, self._which, self._store, batches))
        flat = outputs.reshape(len(outputs), most * self._at_once, -1)
        return [flat[place, : len(mine)] for place, mine in enumerate(rows)]

    def settle(self, place: int) -> None:
        """Set the weights of a run to their average over the updates, if the optimizer keeps one."""
        measured = self._measured(jax.tree.map(lambda leaf: leaf[place], self._values))
        trainable, others, optimizer = self._values
        pairs = zip(trainable, measured, strict=True)
        self._values = [leaf.at[place].set(one) for leaf, one in pairs], others, optimizer

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


def _stacked(runs: Sequence[Values]) -> Values:
    found: Values = jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *runs)
    return found


def _places(variables: Sequence[Any], some: Sequence[Any]) -> list[int]:
    """Find the places of some of the variables among all."""
    every = {id(variable): place for place, variable in enumerate(variables)}
    return [every[id(variable)] for variable in some]


def _moving_averages(optimizer: Any) -> list[Any]:
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []
