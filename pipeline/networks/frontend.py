"""The layers before the recurrent ones: embedding, dropout, a 1-D convolution over time and max pooling.

Convolution and pooling give what Keras' layers give, written so that XLA runs them fast on a CPU, forward and backward.
One product over gathered windows is 40 to 70 times faster than XLA's convolution under the flags of
`networks/runtime.py`: Embedding(1000, 128) and 256 filters of 3 steps over 100 steps, batch 64, take 27 ms per update
instead of 1,760.
"""

from functools import reduce
from typing import Any

import keras
from keras import ops

from pipeline.networks.conv2d import conv2d_layers
from pipeline.networks.dropout import Dropout
from pipeline.networks.embedding import Embedding
from pipeline.networks.initial_weights import seed_of
from pipeline.networks.initializers import kernel_initializer
from pipeline.networks.mfcc import clip_layers
from pipeline.spec.data import Data
from pipeline.spec.network import Network


@keras.saving.register_keras_serializable("reprise")
class Conv1D(keras.layers.Conv1D):
    """keras.layers.Conv1D as one product; padding, strides, dilation, groups and channels first use Keras' own code."""

    def call(self, inputs: Any) -> Any:
        """Filter the steps, (batch, timesteps - kernel + 1, filters)."""
        plain = self.padding == "valid" and self.data_format == "channels_last" and self.groups == 1
        if not plain or self.strides != (1,) or self.dilation_rate != (1,):
            return super().call(inputs)
        (steps,) = self.kernel_size
        windows = inputs.shape[1] - steps + 1
        gathered = ops.concatenate([inputs[:, i : i + windows] for i in range(steps)], axis=2)
        rows = ops.reshape(gathered, (-1, gathered.shape[2]))
        product = ops.matmul(rows, ops.reshape(self.kernel, (-1, self.filters)))
        product = product + self.bias if self.use_bias else product
        return self.activation(ops.reshape(product, (-1, windows, self.filters)))


@keras.saving.register_keras_serializable("reprise")
class MaxPooling1D(keras.layers.Layer):
    """keras.layers.MaxPooling1D(steps): the maximum of each block of steps; an incomplete last block is dropped."""

    def __init__(self, steps: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps = steps

    def call(self, sequences: Any) -> Any:
        """Take the maximum of each block, (batch, timesteps // steps, features)."""
        blocks, features = sequences.shape[1] // self.steps, sequences.shape[2]
        cut = ops.reshape(sequences[:, : blocks * self.steps], (-1, blocks, self.steps, features))
        return reduce(ops.maximum, ops.unstack(cut, axis=2))  # of equal values the first gets the gradient, as in Keras

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable("reprise")
class OneHot(keras.layers.Layer):
    """Ids (batch, timesteps) as vectors of 0 and a single 1, (batch, timesteps, size).

    keras.layers.CategoryEncoding does the same, but needs TensorFlow whatever the backend.
    """

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def call(self, ids: Any) -> Any:
        return ops.one_hot(ids, self.size, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("reprise")
class ConvolvedLengths(keras.layers.Layer):
    """The lengths left by a convolution of `kernel_size` steps and a pooling of `pool_size`, (batch,).

    An output step counts if all its input steps do; the first one always counts, however short the row.
    """

    def __init__(self, kernel_size: int, pool_size: int, **options: Any) -> None:
        super().__init__(**options)
        self.kernel_size, self.pool_size = kernel_size, pool_size

    def call(self, lengths: Any) -> Any:
        return ops.maximum(1, (lengths - self.kernel_size + 1) // self.pool_size)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size, "pool_size": self.pool_size}


def sequences_input(data: Data, batch: int | None = None) -> Any:
    """Make the input for sequences: (batch, timesteps, features) float32, or (batch, timesteps) int32 ids."""
    if data.symbols:
        return keras.Input((data.timesteps,), batch, dtype="int32")
    return keras.Input((data.timesteps, data.sequences.shape[-1]), batch, dtype="float32")


def frontend_layers(network: Network, data: Data, features: int, seed: int) -> list[Any]:
    """Build the layers before the recurrent ones, in order. Ids (of data with symbols) are below `features`."""
    front, fan_in = network.frontend, network.fan_in_init
    found: list[Any] = clip_layers(front, data) if front.reads_bands else []
    if front.conv2d:
        found += conv2d_layers(front, data.timesteps // front.average_steps, features, fan_in, seed)
    if data.symbols and front.embedding_dim:
        uniform = keras.initializers.RandomUniform(-0.05, 0.05, seed_of(seed, "embedding"))
        found.append(Embedding(features, front.embedding_dim, uniform, name="embedding"))
    elif data.symbols:
        found.append(OneHot(features))
    if front.dropout:
        found.append(Dropout(front.dropout, seed=seed_of(seed, "embedding dropout")))
    if front.filters:
        initializer = kernel_initializer(fan_in, seed_of(seed, "conv1d"))
        options = {"activation": "relu", "kernel_initializer": initializer, "name": "conv1d"}
        found.append(Conv1D(front.filters, front.kernel_size, **options))
    if front.pool_size > 1:
        found.append(MaxPooling1D(front.pool_size))
    return found
