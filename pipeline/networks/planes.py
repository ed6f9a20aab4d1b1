"""Small convolutions over time and bands at once, in front of the recurrent layers: each step hears its surroundings.

Each is 3 x 3 filters without bias, batch normalisation (Ioffe and Szegedy 2015), ReLU, and the largest of a block.
"""

from typing import TYPE_CHECKING, Any

import keras

from pipeline.networks.initial import seed_of

if TYPE_CHECKING:
    from pipeline.experiments import Convolution

_REACH = 3  # steps, and bands


def _convolution(convolution: "Convolution", place: int, seed: int) -> list[Any]:
    start = keras.initializers.GlorotUniform(seed_of(seed, f"conv2d {place}"))
    options = {"padding": "same", "use_bias": False, "kernel_initializer": start, "name": f"conv2d_{place}"}
    return [
        keras.layers.Conv2D(convolution.filters, _REACH, **options),
        keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"norm_{place}"),
        keras.layers.ReLU(),
        keras.layers.MaxPooling2D((convolution.steps, convolution.bands)),
    ]


def planes(convolutions: "list[Convolution]", timesteps: int, bands: int, seed: int) -> list[Any]:
    """Return the layers from (batch, timesteps, bands) to (batch, steps left, bands left x filters)."""
    found = [keras.layers.Reshape((timesteps, bands, 1))]
    for place, convolution in enumerate(convolutions, 1):
        found += _convolution(convolution, place, seed)
        timesteps, bands = timesteps // convolution.steps, bands // convolution.bands
    return [*found, keras.layers.Reshape((timesteps, bands * convolutions[-1].filters))]
