"""Networks that learn nothing, to hold the others against: a constant, and "as it was at the last step"."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from pipeline.networks.fronts import sequences_input

if TYPE_CHECKING:
    from pipeline.training.data import Data


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
        """Return what makes the layer again."""
        return {**super().get_config(), "outputs": self.outputs}


@keras.saving.register_keras_serializable("reprise")
class LastValue(keras.layers.Layer):
    """One feature at the last step."""

    def __init__(self, column: int, **options: Any) -> None:
        super().__init__(**options)
        self.column = column

    def call(self, sequences: Any) -> Any:
        """Return (batch, 1)."""
        return sequences[:, -1, self.column, None]

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "column": self.column}


def _model(layer: Any, data: "Data") -> Any:
    if data.masked:
        raise ValueError("a baseline takes whole sequences, without lengths")
    sequences = sequences_input(data)
    return keras.Model([sequences], layer(sequences))


def constant(values: Sequence[float], data: "Data") -> Any:
    """Return the model [sequences] to `values`, (batch, outputs). Raises ValueError for masked data."""
    model = _model(Constant(len(values)), data)
    model.set_weights([np.array(values, np.float32)])
    return model


def last_value(column: int, data: "Data") -> Any:
    """Return the model [sequences] to the value of feature `column` at the last step, (batch, 1).

    As document 002's naive forecast has it. Raises ValueError for masked data.
    """
    return _model(LastValue(column), data)
