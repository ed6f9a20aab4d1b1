"""What stands before the recurrent layers: vectors of ids, dropout, a convolution over time and the block maximum.

Convolution and maximum are those of Keras, written so that XLA is fast with them on a CPU, forward and backward. One
product over gathered windows is 40 to 70 times faster than XLA's convolution under the flags of `training.start`:
Embedding(1000, 128) and 256 filters of 3 steps over 100 steps, batch 64, take 27 ms an update and not 1,760.
"""

from functools import reduce
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from pipeline.networks.conv2d import planes
from pipeline.networks.dropout import Dropout
from pipeline.networks.initial_weights import seed_of
from pipeline.networks.initializers import kernel_start
from pipeline.networks.mfcc import hearing_front

if TYPE_CHECKING:
    from pipeline.experiments import Experiment
    from pipeline.spec.data import Data


@keras.saving.register_keras_serializable("reprise")
class Conv1D(keras.layers.Conv1D):
    """keras.layers.Conv1D as one product. Padding, strides, dilation, groups and channels first are left to Keras."""

    def call(self, inputs: Any) -> Any:
        """Return the filtered steps, (batch, timesteps - kernel + 1, filters)."""
        plain = self.padding == "valid" and self.data_format == "channels_last" and self.groups == 1
        if not plain or self.strides != (1,) or self.dilation_rate != (1,):
            return super().call(inputs)
        (steps,) = self.kernel_size
        windows = inputs.shape[1] - steps + 1
        gathered = tf.concat([inputs[:, i : i + windows] for i in range(steps)], axis=2)
        rows = tf.reshape(gathered, (-1, gathered.shape[2]))
        product = tf.matmul(rows, tf.reshape(self.kernel, (-1, self.filters)))
        product = product + self.bias if self.use_bias else product
        return self.activation(tf.reshape(product, (-1, windows, self.filters)))


@keras.saving.register_keras_serializable("reprise")
class BlockMaximum(keras.layers.Layer):
    """keras.layers.MaxPooling1D(steps): every block of `steps` steps becomes one, a rest at the end is dropped."""

    def __init__(self, steps: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps = steps

    def call(self, sequences: Any) -> Any:
        """Return the largest values of each block, (batch, timesteps // steps, features)."""
        blocks, features = sequences.shape[1] // self.steps, sequences.shape[2]
        cut = tf.reshape(sequences[:, : blocks * self.steps], (-1, blocks, self.steps, features))
        return reduce(tf.maximum, tf.unstack(cut, axis=2))  # of equal values the first has the gradient, as in Keras

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable("reprise")
class Shortened(keras.layers.Layer):
    """The lengths that a convolution of `kernel` steps and a maximum over `pool` leave, (batch,).

    A step counts if all that it was made of does; the first one always does, however short a row is.
    """

    def __init__(self, kernel: int, pool: int, **options: Any) -> None:
        super().__init__(**options)
        self.kernel, self.pool = kernel, pool

    def call(self, lengths: Any) -> Any:
        """Return the lengths."""
        return keras.ops.maximum(1, (lengths - self.kernel + 1) // self.pool)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "kernel": self.kernel, "pool": self.pool}


def sequences_input(data: "Data", batch: int | None = None) -> Any:
    """Return the input of sequences: (batch, timesteps, features) float32, or (batch, timesteps) int32 ids."""
    if data.symbols:
        return keras.Input((data.timesteps,), batch, dtype="int32")
    return keras.Input((data.timesteps, data.sequences.shape[-1]), batch, dtype="float32")


def front(experiment: "Experiment", data: "Data", features: int, seed: int) -> list[Any]:
    """Return the layers before the recurrent ones, in order. Ids (of data with symbols) are below `features`."""
    found: list[Any] = []
    symbols = data.symbols
    if experiment.segment or experiment.convolutions:
        found += hearing_front(experiment, data)
    if experiment.convolutions:
        found += planes(experiment, data.timesteps // experiment.together, features, seed)
    if symbols and experiment.embedding:
        start = keras.initializers.RandomUniform(-0.05, 0.05, seed_of(seed, "embedding"))
        found.append(keras.layers.Embedding(features, experiment.embedding, start, name="embedding"))
    elif symbols:
        found.append(keras.layers.CategoryEncoding(features, output_mode="one_hot"))
    if experiment.embedding_dropout:
        found.append(Dropout(experiment.embedding_dropout, seed=seed_of(seed, "embedding dropout")))
    if experiment.filters:
        start = kernel_start(experiment.narrow, seed_of(seed, "conv1d"))
        options = {"activation": "relu", "kernel_initializer": start, "name": "conv1d"}
        found.append(Conv1D(experiment.filters, experiment.kernel, **options))
    if experiment.pool > 1:
        found.append(BlockMaximum(experiment.pool))
    return found
