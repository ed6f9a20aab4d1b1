"""2-D convolutions over time and bands, in front of the recurrent layers.

Each has 3 x 3 filters without bias, batch normalisation (Ioffe and Szegedy 2015), ReLU and max pooling. Convolution
and pooling give what Keras' layers give, but are written as a matrix product and as comparisons, which XLA compiles to
faster code on a CPU.
"""

from functools import reduce
from typing import Any

import keras
from keras import ops

from pipeline.networks.initial_weights import seed_of
from pipeline.networks.initializers import kernel_initializer
from pipeline.spec import frontend

_KERNEL_SIZE = 3


@keras.saving.register_keras_serializable("reprise")
class Conv2D(keras.layers.Conv2D):
    """keras.layers.Conv2D with odd kernels, padding "same" and no bias, as one product over gathered patches."""

    def call(self, maps: Any) -> Any:
        """Filter the maps, (batch, timesteps, bands, filters)."""
        steps, bands = maps.shape[1:3]
        down, across = self.kernel_size
        edges = [(0, 0), (down // 2, down // 2), (across // 2, across // 2), (0, 0)]
        padded = ops.pad(maps, edges)
        near = [padded[:, i : i + steps, j : j + bands] for i in range(down) for j in range(across)]
        rows = ops.reshape(ops.concatenate(near, axis=3), (-1, down * across * maps.shape[3]))
        product = ops.matmul(rows, ops.reshape(self.kernel, (-1, self.filters)))
        return ops.reshape(product, (-1, steps, bands, self.filters))


@keras.saving.register_keras_serializable("reprise")
class MaxPooling2D(keras.layers.Layer):
    """keras.layers.MaxPooling2D((steps, bands)): incomplete blocks at the end of either axis are dropped."""

    def __init__(self, steps: int, bands: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps, self.bands = steps, bands

    def call(self, maps: Any) -> Any:
        """Take the maximum of each block, (batch, timesteps // steps, bands // bands, filters)."""
        down, across = maps.shape[1] // self.steps, maps.shape[2] // self.bands
        cut = maps[:, : down * self.steps, : across * self.bands]
        blocks = ops.reshape(cut, (-1, down, self.steps, across, self.bands, maps.shape[3]))
        rows = [row for step in ops.unstack(blocks, axis=2) for row in ops.unstack(step, axis=3)]
        return reduce(ops.maximum, rows)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "steps": self.steps, "bands": self.bands}


def _convolution(options: frontend.Conv2D, place: int, initializer: Any) -> list[Any]:
    of_conv = {"padding": "same", "use_bias": False, "kernel_initializer": initializer, "name": f"conv2d_{place}"}
    return [
        Conv2D(options.filters, _KERNEL_SIZE, **of_conv),
        keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-5, name=f"norm_{place}"),
        keras.layers.ReLU(),
        MaxPooling2D(options.pool_steps, options.pool_bands),
    ]


def conv2d_layers(front: frontend.FrontEnd, timesteps: int, bands: int, fan_in: bool, seed: int) -> list[Any]:
    """Build the layers from (batch, timesteps, bands) to (batch, remaining steps, remaining bands x filters)."""
    found = [keras.layers.Reshape((timesteps, bands, 1))]
    for place, options in enumerate(front.conv2d, 1):
        initializer = kernel_initializer(fan_in, seed_of(seed, f"conv2d {place}"))
        found += _convolution(options, place, initializer)
        timesteps, bands = timesteps // options.pool_steps, bands // options.pool_bands
    return [*found, keras.layers.Reshape((timesteps, bands * front.conv2d[-1].filters))]
