"""What first weights are drawn from: Keras' own distributions, or narrow ones, which suit few rows better.

Narrow is uniform up to 1 / sqrt(inputs), for recurrent layers up to 1 / sqrt(units), as PyTorch draws them.
"""

from typing import Any

import keras


def kernel_start(narrow: bool, seed: int) -> Any:
    """Return the initializer of a dense layer's or a convolution's kernel."""
    if narrow:
        return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed)
    return keras.initializers.GlorotUniform(seed)


def recurrent_starts(narrow: bool, units: int, seed: int, recurrent_seed: int) -> tuple[Any, Any]:
    """Return the initializers of a recurrent layer's two kernels: of what it hears, and of its own h."""
    if narrow:
        reach = units**-0.5
        return tuple(keras.initializers.RandomUniform(-reach, reach, one) for one in (seed, recurrent_seed))
    return keras.initializers.GlorotUniform(seed), keras.initializers.Orthogonal(seed=recurrent_seed)
