"""Layer normalisation of the inputs of the gates (Ba, Kiros and Hinton 2016), with its gradient written by hand.

The products with the inputs and with the previous state are normalised separately, each with its own gain, then the
bias is added: gain_x LN(x W) + gain_h LN(h U) + b. Mean and variance are over the units of one gate, so that gates do
not affect one another, and one product for a gate and one for three give the same. The paper's LSTM normalises over all
gates at once, and also normalises c.
"""

from typing import Any

from keras import ops

EPSILON = 1e-3  # added to the variance, as in keras.layers.LayerNormalization


def _by_gate(values: Any, units: int) -> Any:
    """Reshape (..., gates * units) to (..., gates, units)."""
    return ops.reshape(values, (*ops.shape(values)[:-1], values.shape[-1] // units, units))


def centred(kernel: Any, units: int) -> Any:
    """Subtract from a kernel (width, gates * units) the mean of each gate's columns.

    Its products then have mean 0 over the units of each gate, and so have their gradients: the loop need not subtract
    the mean in every step.
    """
    gates = _by_gate(kernel, units)
    return ops.reshape(gates - ops.mean(gates, axis=-1, keepdims=True), kernel.shape)


def normal(values: Any, units: int) -> tuple[Any, Any]:
    """Scale values (..., gates * units), computed with a `centred` kernel, to variance 1 over each gate.

    Returns the scaled values and their factors, (..., gates, 1).
    """
    gates = _by_gate(values, units)
    scale = ops.rsqrt(ops.mean(ops.square(gates), axis=-1, keepdims=True) + EPSILON)
    return ops.reshape(gates * scale, ops.shape(values)), scale


def normal_back(gradient: Any, normalised: Any, scale: Any, units: int) -> Any:
    """Compute the gradient of the values from that of the output of `normal`."""
    d, n = _by_gate(gradient, units), _by_gate(normalised, units)
    along = ops.mean(d * n, axis=-1, keepdims=True)
    return ops.reshape((d - n * along) * scale, ops.shape(gradient))
