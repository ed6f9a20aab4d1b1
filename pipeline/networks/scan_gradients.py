"""Where TensorFlow's loops take the projected inputs from, and what becomes of the gradients of every step.

`AtOnce` has single products before and after the loop, which are fastest as long as their results fit in the cache of a
core; `StepByStep` has none outside the loop, so that the gates and their gradients do not outlive a step.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from pipeline.networks.loops import Loop, Weights
from pipeline.networks.products import Recurrent
from pipeline.networks.projection import Projection
from pipeline.networks.recurrences import Cell

LARGE_BATCH, LARGE = 32, 2**18  # rows; numbers of all gates at all steps, 1 MB
WIDE = 8  # rows of the kernels for each row of a batch


def large(loop: Loop) -> bool:
    """Tell whether `StepByStep` can run a loop, and is expected to be faster: see docs/decisions.md."""
    timesteps, batch, features = loop.projection.inputs.shape
    if timesteps is None or batch is None or not loop.projection.plain or loop.weights.peepholes is not None:
        return False
    narrow = features + loop.weights.kernel.shape[0] <= WIDE * batch  # their gradients are added to in every step
    return narrow and batch >= LARGE_BATCH and timesteps * batch * loop.projection.kernel.shape[1] >= LARGE


def array(size: Any, like: Any, width: int) -> Any:
    """Make an array for (batch, width) at every step."""
    return tf.TensorArray(like.dtype, size, element_shape=(like.shape[0], width))


def states_of(cell: Cell, h: Any, kept: Any) -> list[Any]:
    """List the state for each product, at one step or at every step."""
    return [h] if cell.candidate_state is None else [h, cell.candidate_state(kept, h)]


def shares(products: Sequence[Recurrent], gradient: Any) -> list[Any]:
    """Split the gradient of all gates into that of each product."""
    return list(tf.split(gradient, [part.columns for part in products], axis=-1))


class AtOnce:
    """Inputs that are projected before the loop, and gradients of weights that are products after it."""

    def __init__(self, cell: Cell, products: list[Recurrent], inputs: Sequence[Any], weights: Weights) -> None:
        self._cell, self._products = cell, products
        (self._projected,) = inputs

    @staticmethod
    def inputs(projection: Projection) -> list[Any]:
        """List the tensors whose gradients `end` computes."""
        return [projection.every()]

    def projected(self, t: Any) -> Any:
        """Return the projected inputs of a step, (batch, gates * units)."""
        return self._projected[t]

    def begin(self, timesteps: Any) -> list[Any]:
        """Make what collects the gradients: of the gates, and of the projected inputs if they differ."""
        width = sum(part.columns for part in self._products)
        return [array(timesteps, self._projected[0], width) for _ in range(1 if self._cell.same else 2)]

    def add(self, collected: list[Any], t: Any, dx: Any, da: Any, h: Any, kept: Any) -> list[Any]:
        """Take in step t: the gradients of its projected inputs and gates; h before it, and what was kept of it."""
        return [collected[0].write(t, da), *(array.write(t, dx) for array in collected[1:])]

    def end(self, collected: list[Any], stacks: list[Any], kept: Any) -> tuple[list[Any], Weights]:
        """Compute the gradients of `inputs` and of the weights; stacks: each state before and after every step."""
        gradient, dx = collected[0].stack(), collected[-1].stack()
        states = states_of(self._cell, stacks[0][:-1], kept)
        triples = zip(self._products, states, shares(self._products, gradient), strict=True)
        kernels, biases, gains = zip(*(part.weight_gradients(x, share) for part, x, share in triples), strict=True)
        gain = None if gains[0] is None else tf.concat(gains, axis=0)
        peepholes = None if self._cell.peepholes is None else self._cell.peepholes(stacks, gradient)
        return [dx], Weights(tf.concat(kernels, axis=1), biases[0], gain, peepholes)


class StepByStep:
    """Inputs that are projected step by step, and gradients of weights that are added up; see `AtOnce`."""

    def __init__(self, cell: Cell, products: list[Recurrent], inputs: Sequence[Any], weights: Weights) -> None:
        self._cell, self._products = cell, products
        self._inputs, self._kernel, *self._bias = inputs
        self._turned = tf.transpose(self._kernel)
        self._recurrent_bias = [] if weights.bias is None else [weights.bias]

    @staticmethod
    def inputs(projection: Projection) -> list[Any]:
        given = (projection.dropped[0], projection.kernel, projection.bias)
        return [tf.convert_to_tensor(tensor) for tensor in given if tensor is not None]

    def projected(self, t: Any) -> Any:
        product = tf.matmul(self._inputs[t], self._kernel)
        return product + self._bias[0] if self._bias else product

    def begin(self, timesteps: Any) -> list[Any]:
        batch, width, features = self._inputs.shape[1], self._kernel.shape[1], self._inputs.shape[2]
        rows = tf.zeros((batch, width), self._kernel.dtype)
        kernels = [tf.zeros_like(kernel) for kernel in (self._kernel, *(part.kernel for part in self._products))]
        biases = [rows] * len([*self._bias, *self._recurrent_bias])  # added up over the rows in the end
        return [array(timesteps, rows, features), *kernels, *biases]

    def add(self, collected: list[Any], t: Any, dx: Any, da: Any, h: Any, kept: Any) -> list[Any]:
        into, *sums = collected
        states = states_of(self._cell, h, kept)
        triples = zip(self._products, states, shares(self._products, da), strict=True)
        kernels = [part.kernel_gradient(x[None], share[None]) for part, x, share in triples]
        biases = [dx] * len(self._bias) + [da] * len(self._recurrent_bias)
        every = [tf.matmul(tf.transpose(self._inputs[t]), dx), *kernels, *biases]
        return [into.write(t, tf.matmul(dx, self._turned)), *(a + b for a, b in zip(sums, every, strict=True))]

    def end(self, collected: list[Any], stacks: list[Any], kept: Any) -> tuple[list[Any], Weights]:
        into, kernel, *rest = collected
        kernels, biases = rest[: len(self._products)], iter(rest[len(self._products) :])
        found: Iterator[Any] = (tf.reduce_sum(rows, axis=0) for rows in biases)
        inputs = [into.stack(), kernel, *(next(found) for _ in self._bias)]
        return inputs, Weights(tf.concat(kernels, axis=1), next(found, None))
