"""The losses, as functions that compile: one value per row, from the network's outputs and the targets."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

RowLoss = Callable[[Any, Any], Any]


def cross_entropy(logits: Any, targets: Any) -> Any:
    """Compute the cross-entropy of each row in nats, (batch,): sigmoid for one logit, else softmax."""
    if logits.shape[-1] == 1:
        return ops.binary_crossentropy(ops.cast(targets, logits.dtype), logits[:, 0], from_logits=True)
    return ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)


def squared_error(outputs: Any, targets: Any) -> Any:
    """Compute the squared error of each row, (batch,)."""
    return ops.square(outputs[:, 0] - targets)


def absolute_error(outputs: Any, targets: Any) -> Any:
    """Compute the absolute error of each row, (batch,)."""
    return ops.abs(outputs[:, 0] - targets)


def smoothed(share: float) -> RowLoss:
    """Make a cross-entropy that spreads a share of every label evenly over all classes (Szegedy et al. 2016)."""

    def loss(logits: Any, targets: Any) -> Any:
        if logits.shape[-1] == 1:
            label = ops.cast(targets, logits.dtype) * (1 - share) + share / 2
            return ops.binary_crossentropy(label, logits[:, 0], from_logits=True)
        to_all = ops.logsumexp(logits, axis=1) - ops.mean(logits, axis=1)
        return (1 - share) * cross_entropy(logits, targets) + share * to_all

    return loss


LOSSES: dict[str, RowLoss] = {"cross_entropy": cross_entropy, "mse": squared_error, "mae": absolute_error}


def right(logits: Any, targets: Any) -> Any:
    """Mark the rows that are right, (batch,) float32 of 0 and 1. Numbers are neither right nor wrong: all 0."""
    if keras.backend.is_float_dtype(targets.dtype):
        return ops.zeros_like(targets)
    chosen = logits[:, 0] > 0 if logits.shape[-1] == 1 else ops.argmax(logits, axis=-1)
    return ops.cast(ops.equal(ops.cast(chosen, targets.dtype), targets), "float32")
