"""Keras' own initializers, or PyTorch's, which have a narrower range and suit small training sets better.

PyTorch draws uniformly up to 1 / sqrt(fan in), for recurrent layers up to 1 / sqrt(units).
"""

from typing import Any

import keras


def kernel_initializer(fan_in: bool, seed: int) -> Any:
    """Make the initializer for the kernel of a dense layer or a convolution."""
    if fan_in:
        return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed)
    return keras.initializers.GlorotUniform(seed)


def recurrent_initializers(fan_in: bool, units: int, seed: int, recurrent_seed: int) -> tuple[Any, Any]:
    """Make the initializers for a recurrent layer's two kernels: that of its inputs and that of h."""
    if fan_in:
        reach = units**-0.5
        return tuple(keras.initializers.RandomUniform(-reach, reach, one) for one in (seed, recurrent_seed))
    return keras.initializers.GlorotUniform(seed), keras.initializers.Orthogonal(seed=recurrent_seed)
