"""Mixup (Zhang et al. 2018): a row is mixed with its neighbour in the batch, and the loss with theirs in proportion.

The share of the row itself is drawn from Beta(alpha, alpha), and is at least a half.
"""

from typing import Any

import numpy as np
from keras import ops
from scipy import stats

from pipeline.training.draws import Draws

_PLACES = 4096  # of the distribution, evenly spaced in probability


def neighbours(values: Any) -> Any:
    """Return, for every row of a batch, the one before it; for the first, the last."""
    return ops.roll(values, 1, axis=0)


class Mixup:
    """Draws the share of each row in its mixture."""

    def __init__(self, alpha: float) -> None:
        quantiles = stats.beta.ppf((np.arange(_PLACES) + 0.5) / _PLACES, alpha, alpha)
        self._shares = np.maximum(quantiles, 1 - quantiles).astype(np.float32)

    def shares(self, draws: Draws, there: Any) -> Any:
        """Draw the share of each row in its mixture, (batch,): 1 if it or its neighbour is not `there`."""
        places = ops.cast(draws.uniform(ops.shape(there)[0]) * _PLACES, "int32")
        return ops.where(ops.logical_and(there, neighbours(there)), ops.take(self._shares, places, axis=0), 1.0)


def mixed(values: Any, shares: Any) -> Any:
    """Mix each row with its neighbour; `shares` (batch,) are those of the rows themselves."""
    shares = ops.reshape(shares, (-1, *[1] * (len(values.shape) - 1)))
    return shares * values + (1 - shares) * neighbours(values)
