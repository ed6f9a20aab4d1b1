"""A trained model called on inputs outside of training: as it is on TensorFlow, compiled on JAX.

JAX would compile every operation by itself, which takes half a minute for a network that trains in one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def values_of(model: Any) -> tuple[list[Any], list[Any]]:
    """List the values of the trainable variables of a model, and of the others, as JAX's stateless calls take them."""
    return [one.value for one in model.trainable_variables], [one.value for one in model.non_trainable_variables]


def caller(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Make a function of the only input of a model; a stateful one goes on where the last call ended."""
    import keras

    if keras.backend.backend() != "jax":
        return lambda inputs: keras.ops.convert_to_numpy(model([inputs], training=False))
    import jax

    call = jax.jit(lambda *given: model.stateless_call(*given, training=False))
    trainable, others = values_of(model)

    def again(inputs: np.ndarray) -> np.ndarray:
        nonlocal others
        outputs, others = call(trainable, others, [inputs])
        return np.asarray(outputs)

    return again
