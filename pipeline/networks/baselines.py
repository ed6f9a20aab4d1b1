"""Networks that learn nothing, as baselines: a constant, and the value at the last step."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from pipeline.networks.frontend import sequences_input
from pipeline.spec.data import ABSENT, Data


@keras.saving.register_keras_serializable("reprise")
class Constant(keras.layers.Layer):
    """The same row of outputs for every sequence, kept as a non-trainable weight."""

    def __init__(self, outputs: int, **options: Any) -> None:
        super().__init__(**options)
        self.outputs = outputs

    def build(self, shape: Any) -> None:
        self.row = self.add_weight(shape=(self.outputs,), initializer="zeros", trainable=False, name="row")

    def call(self, sequences: Any) -> Any:
        """Repeat the row for each sequence, (batch, outputs)."""
        return ops.broadcast_to(ops.convert_to_tensor(self.row)[None], (ops.shape(sequences)[0], self.outputs))

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
    """Compute the log share of each class, (outputs,); for one output, the log odds of class 1.

    A class without rows counts as half a row, so that its loss is large but finite.
    """
    counts = np.maximum(np.bincount(classes, minlength=max(outputs, 2)), 0.5)
    shares = np.log(counts / counts.sum())
    return shares[1:] - shares[:1] if outputs == 1 else shares


def best_guess(data: Data, loss: str) -> np.ndarray:
    """Find the best constant output for the training rows, (outputs,).

    For classes, the logits of their shares; for numbers, the mean, or the median under `mae`.
    """
    rows = data.train(1)
    targets = data.targets[rows[rows != ABSENT]]
    if targets.dtype.kind != "f":
        return class_logits(targets, data.outputs)
    return np.array([np.median(targets) if loss == "mae" else targets.mean(dtype=np.float64)])


def constant(values: Sequence[float], data: Data) -> Any:
    """Build the model that always outputs `values`, one per output.

    Inputs: [sequences, lengths], or [sequences] without masks. Output: (batch, outputs).
    """
    inputs = [sequences_input(data)]
    result = Constant(len(values))(inputs[0])
    model = keras.Model([*inputs, keras.Input((), dtype="int32")] if data.masked else inputs, result)
    model.set_weights([np.array(values, np.float32)])
    return model


def last_value(column: int, data: Data) -> Any:
    """Build the model from [sequences] to the value of feature `column` at the last step, (batch, 1).

    This is document 002's naive forecast. Raises ValueError for masked data.
    """
    if data.masked:
        raise ValueError("the last step of a padded row is padding: whole sequences, without lengths, are needed")
    sequences = sequences_input(data)
    return keras.Model([sequences], LastValue(column)(sequences))
