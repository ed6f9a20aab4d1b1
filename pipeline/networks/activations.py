"""Activations that Keras has no longer."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("reprise")
def old_hard_sigmoid(x: Any) -> Any:
    """Return clip(0.2 x + 0.5, 0, 1), Keras' `hard_sigmoid` before version 3 (x / 6 + 0.5 since).

    It was the default of the gates of LSTM and GRU in the Keras of document 002 (protocols, section 5.1).
    """
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)
