"""A cell run over time on TensorFlow, forward and backward, as two loops, each of which XLA compiles into one kernel.

For a single row of few steps (`thin`) the loops are unrolled, and the products are of vectors.
"""

from functools import partial
from typing import Any

import tensorflow as tf

from pipeline.networks.loops import Weights, cuts, products_of, thin
from pipeline.networks.products import Recurrent
from pipeline.networks.recurrences import Cell


def _states(cell: Cell, h: Any, kept: Any) -> list[Any]:
    """List the state for each product, at every step."""
    return [h] if cell.candidate_state is None else [h, cell.candidate_state(kept, h)]


def _shares(products: list[Recurrent], gradient: Any) -> list[Any]:
    """Split the gradient of all gates into that of each product."""
    return list(tf.split(gradient, [part.columns for part in products], axis=-1))


def _weight_gradients(cell: Cell, products: list[Recurrent], stacks: list[Any], kept: Any, gradient: Any) -> Weights:
    """Compute the gradients of the weights from the states before each step and the gradient of all gates."""
    triples = zip(products, _states(cell, stacks[0][:-1], kept), _shares(products, gradient), strict=True)
    kernels, biases, gains = zip(*(part.weight_gradients(x, share) for part, x, share in triples), strict=True)
    gain = None if gains[0] is None else tf.concat(gains, axis=0)
    peepholes = None if cell.peepholes is None else cell.peepholes(stacks, gradient)
    return Weights(tf.concat(kernels, axis=1), biases[0], gain, peepholes)


def _where(valid: Any, t: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Take the new values where step t is valid, and the old ones where it is masked."""
    return new if valid is None else [tf.where(valid[t], x, y) for x, y in zip(new, old, strict=True)]


def _steps(sequence: Any) -> Any:
    """Return the number of timesteps of a (timesteps, batch, units) tensor, as a plain int if it is static."""
    return sequence.shape[0] or tf.shape(sequence)[0]


def _array(size: Any, like: Any, width: int) -> Any:
    return tf.TensorArray(like.dtype, size, element_shape=(like.shape[0], width))


def _written_out(goes_on: Any, body: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    """Do what tf.while_loop does, unrolled, for a known number of rounds."""
    while goes_on(*state):
        state = body(*state)
    return state


def _loop(products: list[Recurrent]) -> Any:
    return _written_out if products[0].thin else tf.while_loop


def _forward(
    cell: Cell, projected: Any, products: list[Recurrent], peepholes: list[Any], valid: Any, initial: list[Any]
) -> tuple[Any, Any]:
    """Run the cell forward. Returns (each state before the first step and after every step, what is kept of them)."""
    timesteps = _steps(projected)
    first, *others = products
    more = [*(part.product for part in others), *peepholes]
    stacks = [_array(timesteps + 1, state, state.shape[1]).write(0, state) for state in initial]
    kept = [_array(timesteps, initial[0], cell.kept * first.units)] if cell.kept else []

    def body(t: Any, states: list[Any], stacks: list[Any], kept: list[Any]) -> tuple[Any, ...]:
        new, keep = cell.step(projected[t], first.product(states[0]), states, *more)
        new = _where(valid, t, new, states)
        stacks = [stack.write(t + 1, state) for stack, state in zip(stacks, new, strict=True)]
        return t + 1, new, stacks, [stack.write(t, keep) for stack in kept]

    start = (0, initial, stacks, kept)
    _, _, stacks, kept = _loop(products)(lambda t, *_: t < timesteps, body, start)
    return [stack.stack() for stack in stacks], kept[0].stack() if kept else None


def _backward(
    cell: Cell,
    products: list[Recurrent],
    peepholes: list[Any],
    valid: Any,
    cut: Any,
    stacks: list[Any],
    kept: Any,
    last: list[Any],
    every: Any,
) -> tuple[list[Any], Any, Any]:
    """Compute the gradients of (initial states, projected inputs, products), the latter two at every step.

    `last` are the gradients of the last states, `every` those of h after every step, or None.
    """
    timesteps = _steps(stacks[0]) - 1
    first, *others = products
    if first.gain is not None:
        for part, x in zip(products, _states(cell, stacks[0][:-1], kept), strict=True):
            part.remember(x)
    arrays = [_array(timesteps, last[0], sum(part.columns for part in products)) for _ in range(1 if cell.same else 2)]

    def body(t: Any, states: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        if every is not None:
            states = [states[0] + every[t], *states[1:]]
        old, new = [stack[t] for stack in stacks], [stack[t + 1] for stack in stacks]
        now = None if kept is None else kept[t]
        more = [*(partial(part.back, t) for part in others), *peepholes]
        dx, da, direct = cell.back(now, old, new, states, *more)
        steps = [da] if cell.same else [da, dx]
        steps = _where(valid, t, steps, [tf.zeros_like(step) for step in steps])
        through, *_ = _shares(products, steps[0])
        before = _where(valid, t, [direct[0] + first.back(t, through), *direct[1:]], states)
        before = _where(cut, t, [tf.zeros_like(state) for state in before], before) if cut is not None else before
        return t - 1, before, [array.write(t, step) for array, step in zip(arrays, steps, strict=True)]

    _, states, arrays = _loop(products)(lambda t, *_: t >= 0, body, (timesteps - 1, last, arrays))
    return states, arrays[-1].stack(), arrays[0].stack()


def scan(
    cell: Cell,
    projected: Any,
    weights: Weights,
    masks: list[Any],
    valid: Any,
    initial: list[Any],
    sequences: bool,
    truncation: int = 0,
) -> tuple[Any, list[Any]]:
    """Run a cell over time. Returns (h after every step or None unless `sequences`, the last states).

    projected: (timesteps, batch, gates * units), the inputs times their kernel plus their bias; masks: as in
    `Recurrent`; valid: (timesteps, batch, 1) boolean, or None for no mask; initial: the states before the first step,
    each (batch, its width), the last one (batch, units). A masked step leaves the states unchanged.

    With a `truncation` no gradient goes back behind every `truncation`-th step, counted from the last one of each row:
    a loss at the end reaches that many steps (truncated backpropagation; Williams and Peng 1990).
    """
    timesteps, units = _steps(projected), initial[-1].shape[1]
    few, cut = thin(projected.shape[1], projected.shape[0]), cuts(timesteps, valid, truncation)
    given = [
        tf.convert_to_tensor(weight) for weight in weights if weight is not None
    ]  # a custom gradient takes no variables

    @tf.custom_gradient
    def run(projected: Any, *rest: Any) -> tuple[Any, Any]:
        present = iter(rest)
        own = Weights(*(None if weight is None else next(present) for weight in weights))
        products = products_of(cell, own, masks, units, few)
        peepholes = [] if own.peepholes is None else [own.peepholes]
        stacks, kept = _forward(cell, projected, products, peepholes, valid, list(present))

        def gradient(*upstream: Any) -> tuple[Any, ...]:
            every, last = (upstream[0], upstream[1:]) if sequences else (None, upstream)
            states, dx, da = _backward(cell, products, peepholes, valid, cut, stacks, kept, list(last), every)
            found = _weight_gradients(cell, products, stacks, kept, da)
            return dx, *(weight for weight in found if weight is not None), *states

        last = [stack[-1] for stack in stacks]
        return ([stacks[0][1:], *last] if sequences else last), gradient

    results = run(projected, *given, *initial)
    return (results[0], results[1:]) if sequences else (None, results)
