"""Networks that learn nothing, to hold the others against: a constant, and "as it was at the last step"."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pipeline.networks.frontend import sequences_input
from pipeline.spec.data import ABSENT, Data


@keras.saving.register_keras_serializable("reprise")
class Constant(keras.layers.Layer):
    """The same row of outputs for every sequence. It is kept as a weight that no training changes."""

    def __init__(self, outputs: int, **options: Any) -> None:
        super().__init__(**options)
        self.outputs = outputs

    def build(self, shape: Any) -> None:
        """Make the weight."""
        self.row = self.add_weight(shape=(self.outputs,), initializer="zeros", trainable=False, name="row")

    def call(self, sequences: Any) -> Any:
        """Return the row once for each sequence, (batch, outputs)."""
        return tf.tile(tf.convert_to_tensor(self.row)[None], (tf.shape(sequences)[0], 1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "outputs": self.outputs}


@keras.saving.register_keras_serializable("reprise")
class LastValue(keras.layers.Layer):
    """One feature at the last step."""

    def __init__(self, column: int, **options: Any) -> None:
        super().__init__(**options)
        self.column = column

    def call(self, sequences: Any) -> Any:
        return sequences[:, -1, self.column, None]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "column": self.column}


def class_logits(classes: np.ndarray, outputs: int) -> np.ndarray:
    """Return the logarithm of the share of each class, (outputs,); of one output, the log odds of class 1.

    A class that is not there counts as half a row, so that a row of it costs much and not infinitely much.
    """
    counts = np.maximum(np.bincount(classes, minlength=max(outputs, 2)), 0.5)
    shares = np.log(counts / counts.sum())
    return shares[1:] - shares[:1] if outputs == 1 else shares


def best_guess(data: Data, loss: str) -> np.ndarray:
    """Return what one does best to say of every row without looking at it, (outputs,), by the training rows.

    Logits of the shares of the classes; of numbers the mean, or under `mae` the median.
    """
    rows = data.train(1)
    targets = data.targets[rows[rows != ABSENT]]
    if targets.dtype.kind != "f":
        return class_logits(targets, data.outputs)
    return np.array([np.median(targets) if loss == "mae" else targets.mean(dtype=np.float64)])


def constant(values: Sequence[float], data: Data) -> Any:
    """Return the model to `values`, (batch, outputs), of [sequences, lengths], or [sequences] without masks."""
    inputs = [sequences_input(data)]
    result = Constant(len(values))(inputs[0])
    model = keras.Model([*inputs, keras.Input((), dtype="int32")] if data.masked else inputs, result)
    model.set_weights([np.array(values, np.float32)])
    return model


def last_value(column: int, data: Data) -> Any:
    """Return the model [sequences] to the value of feature `column` at the last step, (batch, 1).

    As document 002's naive forecast has it. Raises ValueError for masked data.
    """
    if data.masked:
        raise ValueError("the last step of a padded row is padding: whole sequences, without lengths, are needed")
    sequences = sequences_input(data)
    return keras.Model([sequences], LastValue(column)(sequences))
