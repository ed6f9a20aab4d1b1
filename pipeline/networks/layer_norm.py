"""Layer normalisation of what the gates see (Ba, Kiros and Hinton 2016), and its gradient written by hand.

What comes from below and what comes from the step before is normalised each with a gain of its own, then the bias is
added: gain_x LN(x W) + gain_h LN(h U) + b. Mean and variance are over the units of one gate, so that what stands in one
gate counts in no other, and a product of one gate and one of three mean the same. The paper's LSTM takes them over all
gates at once, and normalises c once more.
"""

from typing import Any

import tensorflow as tf

EPSILON = 1e-3  # beside the variance, as in keras.layers.LayerNormalization


def _by_gate(values: Any, units: int) -> Any:
    """Return (..., gates * units) as (..., gates, units)."""
    return tf.reshape(values, (*tf.unstack(tf.shape(values)[:-1]), values.shape[-1] // units, units))


def centred(kernel: Any, units: int) -> Any:
    """Return a kernel (width, gates * units) less the mean of each gate's columns.

    Its product is that of the kernel less its mean over the units of each gate, and so is the gradient: what a loop
    would do in every step is done once.
    """
    gates = _by_gate(kernel, units)
    return tf.reshape(gates - tf.reduce_mean(gates, axis=-1, keepdims=True), kernel.shape)


def normal(values: Any, units: int) -> tuple[Any, Any]:
    """Return values (..., gates * units), made with a `centred` kernel, with variance 1 over each gate.

    And what they were multiplied with, (..., gates, 1).
    """
    gates = _by_gate(values, units)
    scale = tf.math.rsqrt(tf.reduce_mean(tf.square(gates), axis=-1, keepdims=True) + EPSILON)
    return tf.reshape(gates * scale, tf.shape(values)), scale


def normal_back(gradient: Any, normalised: Any, scale: Any, units: int) -> Any:
    """Return the gradient of the values from that of what `normal` made of them."""
    d, n = _by_gate(gradient, units), _by_gate(normalised, units)
    along = tf.reduce_mean(d * n, axis=-1, keepdims=True)
    return tf.reshape((d - n * along) * scale, tf.shape(gradient))
