"""The losses, as functions that compile: one value per row, from the network's outputs and the targets."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

RowLoss = Callable[[Any, Any], Any]


def cross_entropy(logits: Any, targets: Any) -> Any:
    """Compute the cross-entropy of each row in nats, (batch,): sigmoid for one logit, else softmax."""
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, logits.dtype), logits[:, 0])
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)


def squared_error(outputs: Any, targets: Any) -> Any:
    """Compute the squared error of each row, (batch,)."""
    return tf.square(outputs[:, 0] - targets)


def absolute_error(outputs: Any, targets: Any) -> Any:
    """Compute the absolute error of each row, (batch,)."""
    return tf.abs(outputs[:, 0] - targets)


def smoothed(share: float) -> RowLoss:
    """Make a cross-entropy that spreads a share of every label evenly over all classes (Szegedy et al. 2016)."""

    def loss(logits: Any, targets: Any) -> Any:
        if logits.shape[-1] == 1:
            label = tf.cast(targets, logits.dtype) * (1 - share) + share / 2
            return tf.nn.sigmoid_cross_entropy_with_logits(label, logits[:, 0])
        to_all = tf.reduce_logsumexp(logits, axis=1) - tf.reduce_mean(logits, axis=1)
        return (1 - share) * cross_entropy(logits, targets) + share * to_all

    return loss


LOSSES: dict[str, RowLoss] = {"cross_entropy": cross_entropy, "mse": squared_error, "mae": absolute_error}


def right(logits: Any, targets: Any) -> Any:
    """Mark the rows that are right, (batch,) float32 of 0 and 1. Numbers are neither right nor wrong: all 0."""
    if not targets.dtype.is_integer:
        return tf.zeros_like(targets)
    if logits.shape[-1] == 1:
        hits = tf.equal(tf.cast(logits[:, 0] > 0, targets.dtype), targets)
    else:
        hits = tf.equal(tf.argmax(logits, axis=-1, output_type=targets.dtype), targets)
    return tf.cast(hits, tf.float32)
