"""The product of the state with a recurrent kernel, forward and backward: the only products inside the loop."""

from functools import partial
from typing import Any

import tensorflow as tf

from pipeline.networks.layer_norm import normal, normal_back


def flat(steps: Any) -> Any:
    """Reshape (timesteps, batch, units) to (timesteps * batch, units), so that one product serves all steps."""
    return tf.reshape(steps, (-1, steps.shape[2]))


def _outer(x: Any, y: Any) -> Any:
    """Multiply x (rows, a), transposed, by y (rows, b), row by row: XLA then fuses it into the code that uses it."""
    rows = zip(tf.unstack(x), tf.unstack(y), strict=True)
    return tf.add_n([a[:, None] * b for a, b in rows])


class Recurrent:
    """The product of the state (h) with a recurrent kernel (width of the state, gates * units), and its gradients.

    `masks` are those of recurrent dropout: none, one (batch, width) for all gates, or one per gate.
    `gain` (gates * units,) is that of layer normalisation over the `units` of each gate, or None; with one the kernel
    must be `layer_norm.centred`.
    `thin` marks a thin batch (see `scan.thin`), for which a transposed copy of the kernel costs more than it saves.
    """

    def __init__(self, kernel: Any, bias: Any, gain: Any, masks: list[Any], units: int, thin: bool) -> None:
        self.bias, self.gain, self.masks, self.thin = bias, gain, masks, thin
        self.units, self.columns = units, kernel.shape[1]
        self.parts = tf.split(kernel, len(masks), axis=1) if masks else [kernel]
        self.turned = [part if thin else tf.transpose(part) for part in self.parts]  # once, not in every step

    def _masked(self, h: Any) -> list[Any]:
        return [h * mask for mask in self.masks] or [h]

    def product(self, h: Any) -> Any:
        """Multiply h (batch, width) by the kernel, normalise if there is a gain, and add the bias: (batch, columns)."""
        product = tf.concat([tf.matmul(x, part) for x, part in zip(self._masked(h), self.parts, strict=True)], axis=1)
        if self.gain is not None:
            product = self.gain * normal(product, self.units)[0]
        return product if self.bias is None else product + self.bias

    def remember(self, h: Any) -> None:
        """Keep what `back` needs with a gain; h is the state before every step, (timesteps, batch, width)."""
        rows = tf.concat(
            [tf.matmul(flat(x), part) for x, part in zip(self._masked(h), self.parts, strict=True)], axis=1
        )
        plain = tf.reshape(rows, (*tf.unstack(tf.shape(h)[:2]), self.columns))
        self.normalised, self.scales = normal(plain, self.units)

    def _plain_gradient(self, gradient: Any, t: Any = None) -> Any:
        """Compute the gradient of the plain product from that of what `product` returns, at step t or at all steps."""
        if self.gain is None:
            return gradient
        values = (self.normalised, self.scales) if t is None else (self.normalised[t], self.scales[t])
        return normal_back(gradient * self.gain, *values, self.units)

    def back(self, t: Any, gradient: Any) -> Any:
        """Compute the gradient of h, (batch, width), from that of the product at step t."""
        gates = tf.split(self._plain_gradient(gradient, t), len(self.parts), axis=1)
        pairs = zip(gates, self.turned, strict=True)
        through = [tf.matmul(gate, part, transpose_b=self.thin) for gate, part in pairs]
        return tf.add_n([x * mask for x, mask in zip(through, self.masks, strict=True)]) if self.masks else through[0]

    def weight_gradients(self, h: Any, gradient: Any) -> tuple[Any, Any, Any]:
        """Compute the gradients of kernel, bias and gain from h before each step and the gradient of each product."""
        gates = tf.split(self._plain_gradient(gradient), len(self.parts), axis=2)
        pairs = zip(self._masked(h), gates, strict=True)
        outer = _outer if self.thin else partial(tf.matmul, transpose_a=True)
        kernel = tf.concat([outer(flat(x), flat(gate)) for x, gate in pairs], axis=1)
        bias = None if self.bias is None else tf.reduce_sum(gradient, axis=[0, 1])
        gain = None if self.gain is None else tf.reduce_sum(gradient * self.normalised, axis=[0, 1])
        return kernel, bias, gain
