"""A whole epoch as one compiled function around an unchanged Keras model.

One compilation serves every run of the same shapes: a run passes in its own data, weights and optimizer state. The
gradient of the layers and the update by Keras' optimizer are compiled by XLA together with the loop over the batches,
so that no Python runs between two updates.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.networks.loops import thin
from pipeline.spec.data import ABSENT
from pipeline.training.augmentation import augment
from pipeline.training.draws import Draws
from pipeline.training.losses import right
from pipeline.training.mixup import mixed, neighbours
from pipeline.training.setup import NO_AUGMENTATION, Setup

PREDICT_BATCH = 50
Store = tuple[np.ndarray, np.ndarray, np.ndarray]


def _alone(step: Any, batches: Any) -> Any:
    """Return the step by way of a sort, which XLA never fuses with anything else.

    Otherwise XLA fuses the whole loop over the batches into one kernel. That is good for a `thin` batch, which would
    spend as much time on launching kernels; but for larger products this version of XLA fails, and would compute them
    slowly.
    """
    return tf.sort(tf.stack([step, batches]))[0]


def carried(layer: Any) -> list[Any]:
    """List the states that a recurrent layer carries from row to row."""
    return list(layer.states) if getattr(layer, "stateful", False) else []


def _value(variable: Any) -> np.ndarray:
    """Copy the value of a variable."""
    return np.array(variable.value.numpy())


def _whole(gradient: Any) -> Any:
    """Add up the rows of an embedding's gradient.

    Keras' optimizers square each by itself, so that an id that occurs twice in a batch would count otherwise than on
    JAX and in the Keras of the documents.
    """
    return None if gradient is None else tf.convert_to_tensor(gradient)


class Compiled:
    """Model, optimizer and the two compiled functions, which train an epoch and predict a batch.

    Lengths are passed only to a network that has them as an input. A network that carries its state from row to row
    (batch 1) starts every prediction from zeros, and every epoch too, unless `carry` continues from the epoch before;
    predictions do not affect the state of the next epoch. If the optimizer averages the weights over its updates,
    predictions use the average.
    """

    def __init__(self, setup: Setup) -> None:
        self.model, self.optimizer = setup.model, setup.optimizer
        self.optimizer.build(self.model.trainable_variables)
        self._untouched = [_value(variable) for variable in self.optimizer.variables]
        self._loss, self._offsets, self._carry = setup.loss_of_rows, setup.offsets, setup.carry
        self._carried = [state for layer in self.model.layers for state in carried(layer)]
        self._mixup, self._augmentation = setup.mixup, setup.augmentation.of_clips
        self._seed = tf.Variable(0, trainable=False)
        self._at_once = 1 if self._carried else PREDICT_BATCH
        self._epoch = tf.function(self._epoch_of, jit_compile=True)
        self._predict = tf.function(self._outputs, jit_compile=True)

    def begin(self, model: Any, store: Store, seed: int = 0) -> None:
        """Start a run with the variables of `model` (weights, random state) and its sequences, lengths and targets.

        `seed` is that of augmentation and mixup.
        """
        self._seed.assign(seed % 2**31)
        self.restore([*(_value(variable) for variable in model.variables), *self._untouched])
        self.store: tuple[Any, ...] = ()  # free the last run's data before loading the next
        self.store = tuple(tf.constant(array) for array in store)
        self._ready: dict[Any, Any] = {}

    def forget(self) -> None:
        """Reset the states that are carried from row to row to zero."""
        for state in self._carried:
            state.assign(tf.zeros_like(state))

    @property
    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.optimizer.variables]

    def state(self) -> list[np.ndarray]:
        """Copy all that training changes: weights, random state, the optimizer's iterations, rate and moments."""
        return [_value(variable) for variable in self._variables]

    def restore(self, state: list[np.ndarray]) -> None:
        """Set the variables to a result of `state`. Raises ValueError if it is of another network."""
        for variable, value in zip(self._variables, state, strict=True):
            variable.assign(value)

    def warm_up(self, batch: int, capacity: int) -> None:
        """Compile for the shapes of the current run, unless that is done, by an epoch without batches.

        The state is restored afterwards: dropout drawn here would make a resumed run differ.
        """
        state = self.state()
        if self.model.trainable_variables:
            self.train_epoch(np.zeros((0, batch), np.int32), capacity)
        self.predict(np.zeros(1, np.int32))
        self.restore(state)

    def _inputs(self, store: Any, rows: Any) -> Any:
        sequences, lengths, _ = store
        steps = tf.gather(sequences, rows if self._offsets is None else rows[:, None] + self._offsets)
        steps = tf.cast(steps, self.model.inputs[0].dtype)
        return [steps, tf.gather(lengths, rows)][: len(self.model.inputs)]

    def _call(self, function: Any, rows: np.ndarray, *more: Any) -> Any:
        """Call a compiled function; looking it up by shapes takes 0.2 ms, so that is done only once per run."""
        given = (self.store, tf.constant(rows), *map(tf.constant, more))
        if (function, rows.shape) not in self._ready:
            self._ready[function, rows.shape] = function.get_concrete_function(*given)
        return self._ready[function, rows.shape](*given)

    def _asked(self, targets: Any, shares: Any = None) -> Callable[[Any], Any]:
        """Build the function from outputs to the loss of each row, with that of the neighbours for mixed rows."""
        if shares is None:
            return lambda outputs: self._loss(outputs, targets)
        other = neighbours(targets)
        return lambda outputs: shares * self._loss(outputs, targets) + (1 - shares) * self._loss(outputs, other)

    def _update(self, store: Any, rows: Any) -> tuple[Any, Any]:
        """Update the weights by one batch; return its loss and accuracy before the update."""
        there = rows > ABSENT
        weights = tf.cast(there, tf.float32) / tf.reduce_sum(tf.cast(there, tf.float32))
        rows = tf.maximum(rows, 0)
        targets = tf.gather(store[2], rows)
        draws = Draws(self._seed, self.optimizer.iterations)
        inputs, asked = self._inputs(store, rows), self._asked(targets)
        if self._augmentation != NO_AUGMENTATION:
            inputs = [augment(inputs[0], self._augmentation, draws)]
        if self._mixup:
            shares = self._mixup.shares(draws, there)
            inputs, asked = [mixed(inputs[0], shares)], self._asked(targets, shares)
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            loss = tf.reduce_sum(weights * asked(outputs)) + sum(self.model.losses)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply(list(map(_whole, gradients)), self.model.trainable_variables)
        return loss, tf.reduce_sum(weights * right(outputs, targets))

    def _epoch_of(self, store: Any, rows: Any, batches: Any) -> tuple[Any, Any]:
        losses = tf.TensorArray(tf.float32, rows.shape[0])
        hits = tf.TensorArray(tf.float32, rows.shape[0])
        one_kernel = thin(rows.shape[1], self.model.inputs[0].shape[1])
        if not self._carry:
            self.forget()
        step = tf.constant(0)
        while step < batches:  # tf.range, or a slice instead of the gather, would recompile for each number of them
            loss, hit = self._update(store, tf.gather(rows, step if one_kernel else _alone(step, batches)))
            losses, hits = losses.write(step, loss), hits.write(step, hit)
            step += 1
        return losses.stack(), hits.stack()

    def train_epoch(self, rows: np.ndarray, capacity: int) -> tuple[np.ndarray, np.ndarray]:
        """Train on rows (batches, batch) in order. Returns loss and accuracy of each batch before its update.

        `capacity` is the largest number of batches of any run of these shapes, so that all share one compilation.
        """
        padded = np.zeros((capacity, rows.shape[1]), np.int32)
        padded[: len(rows)] = rows
        losses, hits = self._call(self._epoch, padded, len(rows))
        return losses.numpy()[: len(rows)], hits.numpy()[: len(rows)]

    def _outputs(self, store: Any, rows: Any) -> Any:
        return self.model(self._inputs(store, rows), training=False)

    def settle(self) -> None:
        """Set the weights to their average over the updates, if the optimizer keeps one."""
        if self.optimizer.use_ema and int(self.optimizer.iterations):
            self.optimizer.finalize_variable_values(self.model.trainable_variables)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Predict rows, (rows, outputs) float32: logits, or numbers."""
        if not len(rows):
            return np.empty((0, self.model.outputs[0].shape[-1]), np.float32)
        changed = [*self._carried, *(self.model.trainable_variables if self.optimizer.use_ema else [])]
        held = [_value(variable) for variable in changed]
        self.forget()
        self.settle()
        padded = np.zeros(-(-len(rows) // self._at_once) * self._at_once, np.int32)
        padded[: len(rows)] = rows
        batches = padded.reshape(-1, self._at_once)
        outputs = np.concatenate([self._call(self._predict, batch).numpy() for batch in batches])[: len(rows)]
        for variable, value in zip(changed, held, strict=True):
            variable.assign(value)
        return outputs
