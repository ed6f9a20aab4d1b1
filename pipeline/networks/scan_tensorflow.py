"""A cell run over time on TensorFlow, forward and backward, as two loops, each of which XLA compiles into one kernel.

For a single row of few steps (`thin`) the loops are unrolled, and the products are of vectors.
"""

from functools import partial
from typing import Any

import tensorflow as tf

from pipeline.networks.loops import Loop, Weights, products_of, thin
from pipeline.networks.products import Recurrent
from pipeline.networks.scan_gradients import AtOnce, StepByStep, array, large, shares, states_of

Work = AtOnce | StepByStep


def _where(valid: Any, t: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Take the new values where step t is valid, and the old ones where it is masked."""
    return new if valid is None else [tf.where(valid[t], x, y) for x, y in zip(new, old, strict=True)]


def _steps(sequence: Any) -> Any:
    """Return the number of timesteps of a (timesteps, batch, units) tensor, as a plain int if it is static."""
    return sequence.shape[0] or tf.shape(sequence)[0]


def _written_out(goes_on: Any, body: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    """Do what tf.while_loop does, unrolled, for a known number of rounds."""
    while goes_on(*state):
        state = body(*state)
    return state


def _loop(products: list[Recurrent]) -> Any:
    return _written_out if products[0].thin else tf.while_loop


def _peepholes(weights: Weights) -> list[Any]:
    return [] if weights.peepholes is None else [weights.peepholes]


def _forward(loop: Loop, work: Work, products: list[Recurrent], timesteps: Any) -> tuple[Any, Any]:
    """Run the cell forward. Returns (each state before the first step and after every step, what is kept of them)."""
    cell, initial = loop.cell, loop.initial
    more = [*(part.product for part in products[1:]), *_peepholes(loop.weights)]
    stacks = [array(timesteps + 1, state, state.shape[1]).write(0, state) for state in initial]
    kept = [array(timesteps, initial[0], cell.kept * loop.units)] if cell.kept else []

    def body(t: Any, states: list[Any], stacks: list[Any], kept: list[Any]) -> tuple[Any, ...]:
        new, keep = cell.step(work.projected(t), products[0].product(states[0]), states, *more)
        new = _where(loop.valid, t, new, states)
        stacks = [stack.write(t + 1, state) for stack, state in zip(stacks, new, strict=True)]
        return t + 1, new, stacks, [stack.write(t, keep) for stack in kept]

    start = (0, initial, stacks, kept)
    _, _, stacks, kept = _loop(products)(lambda t, *_: t < timesteps, body, start)
    return [stack.stack() for stack in stacks], kept[0].stack() if kept else None


def _backward(
    loop: Loop, work: Work, products: list[Recurrent], stacks: list[Any], kept: Any, last: list[Any], every: Any
) -> tuple[list[Any], list[Any]]:
    """Run the cell backward. Returns (the gradients of the initial states, what `work` collects).

    `last` are the gradients of the last states, `every` those of h after every step, or None.
    """
    cell, valid, timesteps = loop.cell, loop.valid, _steps(stacks[0]) - 1
    first, cut = products[0], loop.cuts(timesteps)
    if first.gain is not None:
        for part, x in zip(products, states_of(cell, stacks[0][:-1], kept), strict=True):
            part.remember(x)

    def body(t: Any, states: list[Any], collected: list[Any]) -> tuple[Any, ...]:
        if every is not None:
            states = [states[0] + every[t], *states[1:]]
        old, new = [stack[t] for stack in stacks], [stack[t + 1] for stack in stacks]
        now = None if kept is None else kept[t]
        more = [partial(part.back, t) for part in products[1:]] + _peepholes(loop.weights)
        dx, da, direct = cell.back(now, old, new, states, *more)
        dx, da = _where(valid, t, [dx, da], [tf.zeros_like(dx), tf.zeros_like(da)])
        through, *_ = shares(products, da)
        before = _where(valid, t, [direct[0] + first.back(t, through), *direct[1:]], states)
        before = _where(cut, t, [tf.zeros_like(state) for state in before], before) if cut is not None else before
        return t - 1, before, work.add(collected, t, dx, da, old[0], now)

    start = (timesteps - 1, last, work.begin(timesteps))
    _, states, collected = _loop(products)(lambda t, *_: t >= 0, body, start)
    return states, collected


def scan(loop: Loop) -> tuple[Any, list[Any]]:
    """Run a cell over time, as `scan.scan`."""
    way = StepByStep if large(loop) else AtOnce
    inputs = way.inputs(loop.projection)
    timesteps, batch = _steps(inputs[0]), inputs[0].shape[1]
    few = thin(batch, inputs[0].shape[0])
    given = [tf.convert_to_tensor(weight) for weight in loop.weights if weight is not None]  # gradients: of tensors

    @tf.custom_gradient
    def run(*tensors: Any) -> tuple[Any, Any]:
        present = iter(tensors)
        own_inputs = [next(present) for _ in inputs]
        weights = Weights(*(None if weight is None else next(present) for weight in loop.weights))
        own = loop._replace(weights=weights, initial=list(present))
        products = products_of(own.cell, weights, own.masks, own.units, few)
        work = way(own.cell, products, own_inputs, weights)
        stacks, kept = _forward(own, work, products, timesteps)

        def gradient(*upstream: Any) -> tuple[Any, ...]:
            every, last = (upstream[0], upstream[1:]) if loop.sequences else (None, upstream)
            states, collected = _backward(own, work, products, stacks, kept, list(last), every)
            found_inputs, found = work.end(collected, stacks, kept)
            return *found_inputs, *(weight for weight in found if weight is not None), *states

        last = [stack[-1] for stack in stacks]
        return ([stacks[0][1:], *last] if loop.sequences else last), gradient

    results = run(*inputs, *given, *loop.initial)
    return (results[0], results[1:]) if loop.sequences else (None, results)
