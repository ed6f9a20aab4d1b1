"""A whole sequence of a recurrent layer as one kernel forward and one backward, on JAX.

A program runs a row through all timesteps. The recurrent kernel stays in its registers (`kernel_registers`), and so do
the states, each (lanes,); a step reads its projected input and writes its states and what the gradient needs. After
Persistent RNN (Diamos et al. 2016) and FlashRNN (Pöppel et al. 2025). `scan_kernel` has the names and shapes of the
other loops.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl

from pipeline.networks.activations import Function
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_products import over_rows
from pipeline.networks.kernel_programs import WARP, Place, array, call, lanes_of, place, power
from pipeline.networks.kernel_registers import Pair, load, product
from pipeline.networks.kernel_steps import Arrays, Steps

WEIGHTS, MOST_WARPS = 128, 16  # weights in the registers of a thread, and warps of a program
AHEAD, AHEAD_WIDE, WIDE = 2, 1, 64  # steps that inputs are read ahead, and with more lanes than WIDE
MASKED, VALID, CUT = 0, 1, 2  # marks of a step: the states stay, or no gradient goes further back


class Recurrence(NamedTuple):
    """What is compiled: the steps of a cell with its activations, whether h is returned at every step, and how."""

    steps: Steps
    activation: Function
    gate: Function
    sequences: bool
    kernels: Kernels


class Given(NamedTuple):
    """The arrays of a sequence. All but the kernel, the projected inputs and the initial states may be None.

    kernel: (seen * units, gates * units); bias: (1, gates * units); peepholes: (1, their number * units); masks: (1 or
    gates, batch, seen * units), what the states are multiplied by before the products; marks: (timesteps, batch) int32;
    projected: (timesteps, batch, gates * units); initial: each (batch, units).
    """

    kernel: Any
    bias: Any
    peepholes: Any
    masks: Any
    marks: Any
    projected: Any
    initial: Arrays


def _ahead(units: int) -> int:
    """Choose how many steps ahead inputs are read: where a thread has 128 registers, they have to go into them too."""
    return AHEAD if lanes_of(units) <= WIDE else AHEAD_WIDE


def _loop(steps: int, ahead: int, read: Callable[[Any], Any], body: Callable[..., Any], carry: Any) -> Any:
    """Call body(t, read(t), carry) for every t below `steps`; inputs are read so many steps ahead."""

    def turn(step: Any, carried: Any) -> Any:
        carry, (inputs, *coming) = carried
        last = read(jnp.minimum(step + ahead, steps - 1))
        return body(step, inputs, carry), (*coming, last)

    first = tuple(read(jnp.minimum(step, steps - 1)) for step in range(ahead))
    return lax.fori_loop(0, steps, turn, (carry, first))[0]


def _masks_of(here: Place, ref: Any, pairs: Sequence[Pair], units: int) -> dict[Pair, Any] | None:
    """Load what a gate multiplies what it sees by before the products; None without dropout."""
    if ref is None:
        return None
    return {(seen, gate): here.load(ref, gate % ref.shape[0], gate=seen, width=units) for seen, gate in pairs}


def _peepholes_of(place: Place, ref: Any, units: int) -> list[Arrays]:
    """Load the peepholes as the last argument of a step and of its gradient; nothing for a cell without."""
    return [] if ref is None else [tuple(place.load_vectors(ref, ref.shape[1] // units, units))]


def _where(condition: Any, new: Arrays, old: Arrays) -> Arrays:
    return tuple(jnp.where(condition, x, y) for x, y in zip(new, old, strict=True))


def _forward_program(run: Recurrence, given: Given, states_refs: Any, residual_ref: Any) -> None:
    """Write all states, each (timesteps, batch, units), and the residuals side by side unless they are not wanted."""
    steps, gates = given.projected.shape[0], run.steps.gates
    units = given.projected.shape[2] // gates
    here, pairs = place(units), run.steps.pairs(range(gates))
    matrices = load(given.kernel, units, pairs)
    masks = _masks_of(here, given.masks, pairs, units)
    biases = [] if given.bias is None else here.load_vectors(given.bias, gates, units)
    more = _peepholes_of(here, given.peepholes, units)

    def products(states: Arrays, of: tuple[int, ...]) -> list[Any]:
        seen = {pair: states[pair[0]] for pair in run.steps.pairs(of)}
        seen = {pair: value * masks[pair] for pair, value in seen.items()} if masks else seen
        found = product(run.kernels, seen, matrices, units)
        return [x + biases[gate] for x, gate in zip(found, of, strict=True)] if biases else found

    def read(step: Any) -> tuple[Arrays, Any]:
        x = tuple(here.load(given.projected, step, gate=gate, width=units) for gate in range(gates))
        return x, None if given.marks is None else here.load_number(given.marks, step)

    def body(step: Any, inputs: tuple[Arrays, Any], states: Arrays) -> Arrays:
        x, mark = inputs
        new, residuals = run.steps.step(run.activation, run.gate, x, states, products, *more)
        new = new if mark is None else _where(mark != MASKED, new, states)
        for ref, state in zip(states_refs, new, strict=True):
            here.store(ref, state, step)
        for number, residual in enumerate(residuals if residual_ref is not None else ()):
            here.store(residual_ref, residual, step, gate=number, width=units)
        return new

    _loop(steps, _ahead(units), read, body, tuple(here.load(ref) for ref in given.initial))


class Kept(NamedTuple):
    """What the backward kernel reads: the state number `read` before and after the steps, residuals, and gradients.

    values: (timesteps, batch, units); before: (batch, units); residuals: (timesteps, batch, their number * units);
    last: of the states after the last step; every: of h after every step, or None.
    """

    kernel: Any
    peepholes: Any
    masks: Any
    marks: Any
    values: Any
    before: Any
    residuals: Any
    last: Arrays
    every: Any


def _backward_program(run: Recurrence, kept: Kept, inputs_ref: Any, product_ref: Any, initial_refs: Any) -> None:
    """Write the gradients of the projected inputs, of the last gate's product, and of the initial states."""
    (steps, _, units), gates = kept.values.shape, run.steps.gates
    here, pairs = place(units), run.steps.pairs(range(gates))
    matrices = load(kept.kernel, units, [(gate, seen) for seen, gate in pairs], transposed=True)
    masks, initial = _masks_of(here, kept.masks, pairs, units), here.load(kept.before)
    scales = {(gate, seen): mask for (seen, gate), mask in masks.items()} if masks else None
    more = _peepholes_of(here, kept.peepholes, units)

    def transposed(gradients: Arrays, of: tuple[int, ...]) -> list[Any]:
        by_gate = dict(zip(of, gradients, strict=True))
        seen = {(gate, seen): by_gate[gate] for seen, gate in run.steps.pairs(of)}
        return product(run.kernels, seen, matrices, units, scales)

    def read(number: Any) -> tuple[Any, ...]:
        step = steps - 1 - number
        before = here.load(kept.values, jnp.maximum(step - 1, 0))
        residuals = range(run.steps.residuals)
        mark = None if kept.marks is None else here.load_number(kept.marks, step)
        every = None if kept.every is None else here.load(kept.every, step)
        return before, tuple(here.load(kept.residuals, step, gate=n, width=units) for n in residuals), mark, every

    def body(number: Any, inputs: tuple[Any, ...], carry: tuple[Arrays, Any]) -> tuple[Arrays, Any]:
        (gradients, after), (before, residuals, mark, every) = carry, inputs
        step = steps - 1 - number
        before = jnp.where(step > 0, before, initial)
        gradients = gradients if every is None else (gradients[0] + every, *gradients[1:])
        given = gradients, before, after, residuals, transposed, *more
        back = run.steps.back(run.activation, run.gate, *given)
        found = back.inputs if back.product is None else (*back.inputs, back.product)
        states = back.states
        if mark is not None:
            found = tuple(jnp.where(mark != MASKED, x, 0.0) for x in found)
            states = tuple(jnp.where(mark == CUT, 0.0, x) for x in _where(mark != MASKED, states, gradients))
        for gate in range(gates):
            here.store(inputs_ref, found[gate], step, gate=gate, width=units)
        if product_ref is not None:
            here.store(product_ref, found[gates], step)
        return states, before

    start = tuple(here.load(ref) for ref in kept.last), here.load(kept.values, steps - 1)
    gradients, _ = _loop(steps, _ahead(units), read, body, start)
    for ref, gradient in zip(initial_refs, gradients, strict=True):
        here.store(ref, gradient)


def _call(name: str, program: Callable[..., None], run: Recurrence, batch: int, units: int, out: Any) -> Any:
    """Make a kernel of a program for each row, with so many warps that their threads' registers hold the weights."""
    warps = max(power(pl.cdiv(run.steps.weights(units), WEIGHTS * WARP)), (lanes_of(units) // WARP) ** 2)
    return call(name, partial(program, run), run.kernels, (batch,), out, min(warps, MOST_WARPS))


def _forward(run: Recurrence, given: Given, keep: bool) -> tuple[Arrays, Any]:
    """Run the cell forward. Returns all states and, with `keep`, the residuals."""
    (steps, batch, width), keep = given.projected.shape, keep and run.steps.residuals > 0
    units = width // run.steps.gates
    residuals = array(steps, batch, run.steps.residuals * units) if keep else None
    out = (array(steps, batch, units),) * run.steps.states, residuals
    found: tuple[Arrays, Any] = _call("forward", _forward_program, run, batch, units, out)(given)
    return found


def _backward(run: Recurrence, kept: Kept) -> tuple[Any, Any, Arrays]:
    (steps, batch, units), gates = kept.values.shape, run.steps.gates
    inner = array(steps, batch, units) if run.steps.inner else None
    out = array(steps, batch, gates * units), inner, (array(batch, units),) * run.steps.states
    found: tuple[Any, Any, Arrays] = _call("backward", _backward_program, run, batch, units, out)(kept)
    return found


class Result(NamedTuple):
    """The states after the last step, and h after every step or None."""

    last: Arrays
    hidden: Any


def _result(run: Recurrence, states: Arrays) -> Result:
    return Result(tuple(state[-1] for state in states), states[0] if run.sequences else None)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def sequence(run: Recurrence, given: Given) -> Result:
    """Run a cell over time. No gradient is computed of the masks and marks."""
    return _result(run, _forward(run, given, False)[0])


def _sequence_forward(run: Recurrence, given: Given) -> tuple[Result, tuple[Given, Arrays, Any]]:
    states, residuals = _forward(run, given, True)
    return _result(run, states), (given, states, residuals)


def _sequence_backward(run: Recurrence, kept: tuple[Given, Arrays, Any], gradient: Result) -> tuple[Given]:
    given, states, residuals = kept
    values, before = states[run.steps.read], given.initial[run.steps.read]
    weights, after = (given.kernel, given.peepholes, given.masks, given.marks), (gradient.last, gradient.hidden)
    inputs, product, initial = _backward(run, Kept(*weights, values, before, residuals, *after))
    seen = [jnp.concatenate([given.initial[n][None], states[n][:-1]]) for n in range(run.steps.seen)]
    h = seen[0] if len(seen) == 1 else jnp.concatenate(seen, axis=2)
    kernel, bias = _weight_gradients(run, given, h, residuals, inputs, product)
    peepholes = None
    if run.steps.peepholes is not None:
        peepholes = run.steps.peepholes(jnp.concatenate([before[None], values]), inputs).reshape(1, -1)
    return (Given(kernel, None if given.bias is None else bias[None], peepholes, None, None, inputs, initial),)


def _weight_gradients(
    run: Recurrence, given: Given, h: Any, residuals: Any, inputs: Any, product: Any
) -> tuple[Any, Any]:
    """Compute the gradients of kernel and bias from what is seen before each step and the gradients of the products."""
    gates, units = run.steps.gates, given.kernel.shape[1] // run.steps.gates
    gradients = [inputs[..., gate * units : (gate + 1) * units] for gate in range(gates)]
    sides = [h] * gates
    if run.steps.resets:
        sides[-1] = residuals[..., -units:]
    if run.steps.inner:
        gradients[-1] = product
    if given.masks is not None:
        masks = jnp.broadcast_to(given.masks, (gates, *given.masks.shape[1:]))
        sides = [side * mask for side, mask in zip(sides, masks, strict=True)]
    elif not (run.steps.resets or run.steps.inner):
        sides, gradients = [h], [inputs]
    elif gates > 1:
        sides, gradients = [h, sides[-1]], [inputs[..., : (gates - 1) * units], gradients[-1]]
    found = [_over_steps(run.kernels, side, gradient) for side, gradient in zip(sides, gradients, strict=True)]
    kernels, biases = zip(*found, strict=True)
    return jnp.concatenate(kernels, axis=1), jnp.concatenate(biases)


def _over_steps(kernels: Kernels, side: Any, gradient: Any) -> tuple[Any, Any]:
    return over_rows(kernels, side.reshape(-1, side.shape[2]), gradient.reshape(-1, gradient.shape[2]))


sequence.defvjp(_sequence_forward, _sequence_backward)
