"""A cell run over time, forward and backward, as two loops that XLA compiles each into one kernel.

For one row of few steps (`thin`) the loops are written out, and the products are of vectors.
"""

from functools import partial
from typing import Any

import tensorflow as tf

from pipeline.networks.recurrences import Cell

FEW = 4  # timesteps; more would be much code, slow to compile


def thin(batch: int | None, timesteps: int | None) -> bool:
    """Say whether a batch is one row of few steps: then a whole epoch can be one kernel (`training/compiled.py`)."""
    return batch == 1 and timesteps is not None and timesteps <= FEW


def flat(steps: Any) -> Any:
    """Return (timesteps, batch, units) as (timesteps * batch, units), so that a product over all steps is one."""
    return tf.reshape(steps, (-1, steps.shape[2]))


def _outer(x: Any, y: Any) -> Any:
    """Return the product of x (rows, a), turned, and y (rows, b), row by row: XLA makes it where it is read."""
    rows = zip(tf.unstack(x), tf.unstack(y), strict=True)
    return tf.add_n([a[:, None] * b for a, b in rows])


class Recurrent:
    """The product of what is heard (h) with a recurrent kernel (units, gates * units), and its gradients.

    `masks` are those of recurrent dropout: none, one (batch, units) for all gates, or one for each.
    `thin` says that the batch is: then a turned copy of the kernel costs more than it saves.
    """

    def __init__(self, kernel: Any, bias: Any, masks: list[Any], thin: bool) -> None:
        self.bias, self.masks, self.columns, self.thin = bias, masks, kernel.shape[1], thin
        self.parts = tf.split(kernel, len(masks), axis=1) if masks else [kernel]
        self.turned = [part if thin else tf.transpose(part) for part in self.parts]  # once, and not in every step

    def _heard(self, h: Any) -> list[Any]:
        return [h * mask for mask in self.masks] or [h]

    def product(self, h: Any) -> Any:
        """Return h (batch, units) times the kernel plus the bias, (batch, gates * units)."""
        product = tf.concat([tf.matmul(x, part) for x, part in zip(self._heard(h), self.parts, strict=True)], axis=1)
        return product if self.bias is None else product + self.bias

    def back(self, gradient: Any) -> Any:
        """Return the gradient of h, (batch, units), from that of the product."""
        gates = tf.split(gradient, len(self.parts), axis=1)
        pairs = zip(gates, self.turned, strict=True)
        through = [tf.matmul(gate, part, transpose_b=self.thin) for gate, part in pairs]
        return tf.add_n([x * mask for x, mask in zip(through, self.masks, strict=True)]) if self.masks else through[0]

    def weight_gradients(self, h: Any, gradient: Any) -> list[Any]:
        """Return the gradients of kernel and bias, from h before each step and the gradient of each product."""
        gates = tf.split(gradient, len(self.parts), axis=2)
        pairs = zip(self._heard(h), gates, strict=True)
        outer = _outer if self.thin else partial(tf.matmul, transpose_a=True)
        kernel = tf.concat([outer(flat(x), flat(gate)) for x, gate in pairs], axis=1)
        return [kernel] if self.bias is None else [kernel, tf.reduce_sum(gradient, axis=[0, 1])]


def _products(cell: Cell, kernel: Any, bias: Any, masks: list[Any], thin: bool) -> list[Recurrent]:
    """Return the product with h, and that with what the last gate hears where this is something else."""
    if cell.heard is None:
        return [Recurrent(kernel, bias, masks, thin)]
    units, columns = kernel.shape
    first, last = tf.split(kernel, [columns - units, units], axis=1)
    return [Recurrent(first, None, masks[:-1], thin), Recurrent(last, None, masks[-1:], thin)]


def _shares(products: list[Recurrent], gradient: Any) -> list[Any]:
    """Return the gradient of each product from that of all gates."""
    return list(tf.split(gradient, [part.columns for part in products], axis=-1))


def _weight_gradients(cell: Cell, products: list[Recurrent], h: Any, kept: Any, gradient: Any) -> list[Any]:
    """Return the gradients of kernel and bias, from h before each step and the gradient of all gates."""
    heard = [h] if cell.heard is None else [h, cell.heard(kept, h)]
    triples = zip(products, heard, _shares(products, gradient), strict=True)
    found = [part.weight_gradients(x, share) for part, x, share in triples]
    return [tf.concat([kernel for kernel, *_ in found], axis=1), *found[0][1:]]


def _where(valid: Any, t: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Return the new values where step t is valid, the old ones where it is masked."""
    return new if valid is None else [tf.where(valid[t], x, y) for x, y in zip(new, old, strict=True)]


def _steps(sequence: Any) -> Any:
    """Return the number of timesteps of a (timesteps, batch, units) tensor, as a plain number where it is known."""
    return sequence.shape[0] or tf.shape(sequence)[0]


def _array(size: Any, like: Any, times: int = 1) -> Any:
    batch, units = like.shape
    return tf.TensorArray(like.dtype, size, element_shape=(batch, units * times))


def _written_out(goes_on: Any, body: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what tf.while_loop does, where the number of rounds is known, as straight code."""
    while goes_on(*state):
        state = body(*state)
    return state


def _loop(products: list[Recurrent]) -> Any:
    return _written_out if products[0].thin else tf.while_loop


def _forward(cell: Cell, projected: Any, products: list[Recurrent], valid: Any, initial: list[Any]) -> tuple[Any, Any]:
    """Return (of each state its values before the first step and after every step, what the cell keeps of each)."""
    timesteps = _steps(projected)
    first, *more = products
    stacks = [_array(timesteps + 1, state).write(0, state) for state in initial]
    kept = [_array(timesteps, initial[0], cell.kept)] if cell.kept else []

    def body(t: Any, states: list[Any], stacks: list[Any], kept: list[Any]) -> tuple[Any, ...]:
        new, keep = cell.step(projected[t], first.product(states[0]), states, *(part.product for part in more))
        new = _where(valid, t, new, states)
        stacks = [stack.write(t + 1, state) for stack, state in zip(stacks, new, strict=True)]
        return t + 1, new, stacks, [stack.write(t, keep) for stack in kept]

    start = (0, initial, stacks, kept)
    _, _, stacks, kept = _loop(products)(lambda t, *_: t < timesteps, body, start)
    return [stack.stack() for stack in stacks], kept[0].stack() if kept else None


def _backward(
    cell: Cell, products: list[Recurrent], valid: Any, stacks: list[Any], kept: Any, last: list[Any], every: Any
) -> tuple[list[Any], Any, Any]:
    """Return the gradients of (initial states, projected inputs, products), the latter two of every step.

    `last` are the gradients of the last states, `every` that of h after every step, or None.
    """
    timesteps = _steps(stacks[0]) - 1
    first, *more = products
    arrays = [_array(timesteps, last[0], cell.gates) for _ in range(1 if cell.same else 2)]

    def body(t: Any, states: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        if every is not None:
            states = [states[0] + every[t], *states[1:]]
        old, new = [stack[t] for stack in stacks], [stack[t + 1] for stack in stacks]
        now = None if kept is None else kept[t]
        dx, da, direct = cell.back(now, old, new, states, *(part.back for part in more))
        steps = [da] if cell.same else [da, dx]
        steps = _where(valid, t, steps, [tf.zeros_like(step) for step in steps])
        through, *_ = _shares(products, steps[0])
        before = _where(valid, t, [direct[0] + first.back(through), *direct[1:]], states)
        return t - 1, before, [array.write(t, step) for array, step in zip(arrays, steps, strict=True)]

    _, states, arrays = _loop(products)(lambda t, *_: t >= 0, body, (timesteps - 1, last, arrays))
    return states, arrays[-1].stack(), arrays[0].stack()


def scan(
    cell: Cell,
    projected: Any,
    kernel: Any,
    bias: Any,
    masks: list[Any],
    valid: Any,
    initial: list[Any],
    sequences: bool,
) -> tuple[Any, list[Any]]:
    """Run a cell over time. Returns (h after every step or None unless `sequences`, the last states).

    projected: (timesteps, batch, gates * units), the inputs times their kernel plus their bias; kernel, bias and masks
    as `Recurrent` has them (bias may be None); valid: (timesteps, batch, 1) boolean, or None for no mask;
    initial: the states before the first step, each (batch, units). A masked step leaves the states as they are.
    """
    weights = [kernel] if bias is None else [kernel, bias]
    few = thin(projected.shape[1], projected.shape[0])

    @tf.custom_gradient
    def run(projected: Any, *rest: Any) -> tuple[Any, Any]:
        products = _products(cell, rest[0], None if bias is None else rest[1], masks, few)
        stacks, kept = _forward(cell, projected, products, valid, list(rest[len(weights) :]))

        def gradient(*upstream: Any) -> tuple[Any, ...]:
            every, last = (upstream[0], upstream[1:]) if sequences else (None, upstream)
            states, dx, da = _backward(cell, products, valid, stacks, kept, list(last), every)
            return dx, *_weight_gradients(cell, products, stacks[0][:-1], kept, da), *states

        last = [stack[-1] for stack in stacks]
        return ([stacks[0][1:], *last] if sequences else last), gradient

    results = run(projected, *weights, *initial)
    return (results[0], results[1:]) if sequences else (None, results)
