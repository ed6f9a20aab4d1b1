"""Activations that Keras no longer has, and what an activation is to a step whose gradient is written by hand."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras


class Function(NamedTuple):
    """An activation, and its derivative as a function of its output."""

    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]


@keras.saving.register_keras_serializable("reprise")
def old_hard_sigmoid(x: Any) -> Any:
    """Compute clip(0.2 x + 0.5, 0, 1), Keras' `hard_sigmoid` before version 3 (x / 6 + 0.5 since).

    The default gate activation of LSTM and GRU in the Keras of document 002 (protocols, section 5.1).
    """
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)
