"""A whole epoch as one compiled function around an unchanged Keras model.

One compilation serves every run of the same shapes: a run brings its own data, weights and optimizer state as values.
The gradient of the layers and the update of Keras' optimizer are compiled by XLA together with the loop over the
batches, so that no Python runs between two updates.
"""

from typing import Any

import numpy as np
import tensorflow as tf

PREDICT_BATCH = 50


def loss_of(logits: Any, targets: Any) -> Any:
    """Return the cross-entropy of each row, (batch,): sigmoid for one logit, else softmax; in nats."""
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, logits.dtype), logits[:, 0])
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)


def right(logits: Any, targets: Any) -> Any:
    """Return which rows are right, (batch,) boolean."""
    if logits.shape[-1] == 1:
        return tf.equal(tf.cast(logits[:, 0] > 0, targets.dtype), targets)
    return tf.equal(tf.argmax(logits, axis=-1, output_type=targets.dtype), targets)


def _alone(step: Any, batches: Any) -> Any:
    """Return the step, by way of a sort, which XLA never takes into one kernel with anything else.

    Else it may take the whole loop over the batches into one kernel because the loops over time in it are small: this
    version fails on the large products there, and would compute them slowly.
    """
    return tf.sort(tf.stack([step, batches]))[0]


def _value(variable: Any) -> np.ndarray:
    """Return a copy of what a variable holds."""
    return np.array(variable.value.numpy())


class Compiled:
    """Model, optimizer and the two compiled functions that train an epoch and predict a batch."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self.model = model
        self.optimizer = optimizer
        self.optimizer.build(model.trainable_variables)
        self._epoch = tf.function(self._train, jit_compile=True)
        self._predict = tf.function(self._outputs, jit_compile=True)

    def begin(self, model: Any, store: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        """Begin a run with the variables of `model` (weights, random state) and its sequences, lengths, targets."""
        fresh = [_value(variable) for variable in model.variables]
        moments = [np.zeros(variable.shape, variable.dtype) for variable in self.optimizer.variables[2:]]
        rate = _value(self.optimizer.learning_rate)
        self.restore([*fresh, np.zeros((), np.int64), rate, *moments])
        self.store: tuple[Any, ...] = ()  # let go of the last run's data before taking the next
        self.store = tuple(tf.constant(array) for array in store)

    @property
    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.optimizer.variables]

    def state(self) -> list[np.ndarray]:
        """Return all that training changes: weights, random state, the optimizer's iterations, rate and moments."""
        return [_value(variable) for variable in self._variables]

    def restore(self, state: list[np.ndarray]) -> None:
        """Set what `state` returned. Raises ValueError if it is of another network."""
        for variable, value in zip(self._variables, state, strict=True):
            variable.assign(value)

    def warm_up(self, batch: int, capacity: int) -> None:
        """Compile for the shapes of the run that has begun, if that is not done: an epoch of no batches.

        The state stays as it was: a layer that draws its dropout anew would else make a resumed run another one.
        """
        state = self.state()
        self.train(np.zeros((0, batch), np.int32), capacity)
        self.predict(np.zeros(1, np.int32))
        self.restore(state)

    def _batch(self, store: Any, rows: Any) -> tuple[list[Any], Any]:
        sequences, lengths, targets = (tf.gather(array, rows) for array in store)
        return [tf.cast(sequences, self.model.inputs[0].dtype), lengths], targets

    def _train(self, store: Any, rows: Any, batches: Any) -> tuple[Any, Any]:
        losses = tf.TensorArray(tf.float32, rows.shape[0])
        hits = tf.TensorArray(tf.float32, rows.shape[0])
        for step in tf.range(batches):
            inputs, targets = self._batch(store, rows[_alone(step, batches)])
            with tf.GradientTape() as tape:
                logits = self.model(inputs, training=True)
                loss = tf.reduce_mean(loss_of(logits, targets))
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self.optimizer.apply(gradients, self.model.trainable_variables)
            losses = losses.write(step, loss)
            hits = hits.write(step, tf.reduce_mean(tf.cast(right(logits, targets), tf.float32)))
        return losses.stack(), hits.stack()

    def train(self, rows: np.ndarray, capacity: int) -> tuple[np.ndarray, np.ndarray]:
        """Train on rows (batches, batch) in order. Returns loss and accuracy of each batch before its update.

        `capacity` is the largest number of batches of any run of these shapes, so that all share one compilation.
        """
        padded = np.zeros((capacity, rows.shape[1]), np.int32)
        padded[: len(rows)] = rows
        losses, hits = self._epoch(self.store, tf.constant(padded), tf.constant(len(rows)))
        return losses.numpy()[: len(rows)], hits.numpy()[: len(rows)]

    def _outputs(self, store: Any, rows: Any) -> Any:
        inputs, _ = self._batch(store, rows)
        return self.model(inputs, training=False)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the logits of rows, (rows, outputs) float32."""
        padded = np.zeros(-(-len(rows) // PREDICT_BATCH) * PREDICT_BATCH, np.int32)
        padded[: len(rows)] = rows
        batches = padded.reshape(-1, PREDICT_BATCH)
        return np.concatenate([self._predict(self.store, tf.constant(batch)).numpy() for batch in batches])[: len(rows)]
