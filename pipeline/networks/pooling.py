"""Pooling over time in place of the last step: mean and maximum, or mean and deviation, of the unmasked steps.

So a sound counts wherever in a clip it occurs.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

_LEAST = float(np.finfo(np.float32).min)


def _mean(steps: Any, mask: Any) -> Any:
    """Average the steps (batch, timesteps, features) that a mask (batch, timesteps), or None, leaves."""
    if mask is None:
        return ops.mean(steps, axis=1)
    weight = ops.cast(mask, steps.dtype)[:, :, None]
    return ops.sum(steps * weight, axis=1) / ops.sum(weight, axis=1)


class _Pooling(keras.layers.Layer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def compute_mask(self, steps: Any, previous_mask: Any = None) -> None:
        """Drop the mask: pooling removes the time axis."""

    def compute_output_spec(self, steps: Any, mask: Any = None) -> Any:
        return keras.KerasTensor((steps.shape[0], 2 * steps.shape[2]), dtype=steps.dtype)


@keras.saving.register_keras_serializable("reprise")
class MeanMaxPooling(_Pooling):
    """Mean and maximum over the steps, (batch, 2 * features)."""

    def call(self, steps: Any, mask: Any = None) -> Any:
        shown = steps if mask is None else ops.where(mask[:, :, None], steps, _LEAST)
        return ops.concatenate([_mean(steps, mask), ops.max(shown, axis=1)], axis=1)


@keras.saving.register_keras_serializable("reprise")
class MeanStdPooling(_Pooling):
    """Mean and deviation over the steps, (batch, 2 * features)."""

    def call(self, steps: Any, mask: Any = None) -> Any:
        mean = _mean(steps, mask)
        return ops.concatenate([mean, ops.sqrt(_mean(ops.square(steps - mean[:, None]), mask) + 1e-6)], axis=1)
