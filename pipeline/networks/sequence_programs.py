"""A whole sequence of a recurrent layer as two programs for a GPU, forward and backward.

A program runs a row through all timesteps. The recurrent kernel stays in its registers (`kernel_registers`), and so do
the states, each (lanes,); a step reads its projected input and writes its states and what the gradient needs. After
Persistent RNN (Diamos et al. 2016) and FlashRNN (Pöppel et al. 2025).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl

from pipeline.networks.activations import Function
from pipeline.networks.kernel_norm import normalised, normalised_back
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_programs import WARP, Place, array, call, lanes_of, place, power
from pipeline.networks.kernel_registers import Pair, load, product
from pipeline.networks.kernel_steps import Arrays, Steps

WEIGHTS, MOST_WARPS = 128, 16  # weights in the registers of a thread, and warps of a program
AHEAD, LESS_AHEAD = 2, 1  # steps that inputs are read ahead, and where registers are few
MASKED, VALID, CUT = 0, 1, 2  # marks of a step: the states stay, or no gradient goes further back


class Recurrence(NamedTuple):
    """What is compiled: the steps of a cell with its activations, whether h is returned at every step, and how."""

    steps: Steps
    activation: Function
    gate: Function
    sequences: bool
    kernels: Kernels

    def units(self, every: Any) -> int:
        """Compute how many units there are from an array of numbers of every gate, (..., gates * units)."""
        return every.shape[-1] // self.steps.gates


class Given(NamedTuple):
    """The arrays of a sequence. All but the kernel, the projected inputs and the initial states may be None.

    kernel: (seen * units, gates * units); bias, and gain of layer normalisation: (1, gates * units); peepholes: (1,
    their number * units); masks: (1 or gates, batch, seen * units), what the states are multiplied by before the
    products; marks: (timesteps, batch) int32; projected: (timesteps, batch, gates * units); initial: each (batch,
    units). With a gain the kernel must be `layer_norm.centred`.
    """

    kernel: Any
    bias: Any
    gain: Any
    peepholes: Any
    masks: Any
    marks: Any
    projected: Any
    initial: Arrays


def _warps(steps: Steps, units: int) -> int:
    """Choose so many warps for a program that their threads' registers hold the weights."""
    warps = max(power(pl.cdiv(steps.weights(units), WEIGHTS * WARP)), (lanes_of(units) // WARP) ** 2)
    return min(warps, MOST_WARPS)


def _ahead(steps: Steps, units: int) -> int:
    """Choose how many steps ahead inputs are read: with most warps a thread has 128 registers, for these too."""
    return AHEAD if _warps(steps, units) < MOST_WARPS else LESS_AHEAD


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
    return {(seen, gate): here.load(ref, gate % ref.shape[0], block=seen, width=units) for seen, gate in pairs}


def _peepholes_of(here: Place, ref: Any, units: int) -> list[Arrays]:
    """Load the peepholes as the last argument of a step and of its gradient; nothing for a cell without."""
    return [] if ref is None else [tuple(here.load_vectors(ref, ref.shape[1] // units, units))]


def _where(condition: Any, new: Arrays, old: Arrays) -> Arrays:
    return tuple(jnp.where(condition, x, y) for x, y in zip(new, old, strict=True))


def _forward_program(run: Recurrence, given: Given, states_refs: Any, residual_ref: Any) -> None:
    """Write all states, each (timesteps, batch, units), and the residuals side by side unless they are not wanted."""
    steps, gates = given.projected.shape[0], run.steps.gates
    units = run.units(given.projected)
    here, pairs = place(units), run.steps.pairs(range(gates))
    matrices = load(given.kernel, units, pairs)
    masks = _masks_of(here, given.masks, pairs, units)
    biases, gains = (here.load_vectors(ref, gates, units) for ref in (given.bias, given.gain))
    more = _peepholes_of(here, given.peepholes, units)

    def products(states: Arrays, of: tuple[int, ...]) -> list[Any]:
        seen = {pair: states[pair[0]] for pair in run.steps.pairs(of)}
        seen = {pair: value * masks[pair] for pair, value in seen.items()} if masks else seen
        found = product(run.kernels, seen, matrices, units)
        found = [gains[gate] * normalised(x, units) for x, gate in zip(found, of, strict=True)] if gains else found
        return [x + biases[gate] for x, gate in zip(found, of, strict=True)] if biases else found

    def read(step: Any) -> tuple[Arrays, Any]:
        x = tuple(here.load(given.projected, step, block=gate, width=units) for gate in range(gates))
        return x, None if given.marks is None else here.load_number(given.marks, step)

    def body(step: Any, inputs: tuple[Arrays, Any], states: Arrays) -> Arrays:
        x, mark = inputs
        new, residuals = run.steps.step(run.activation, run.gate, x, states, products, *more)
        new = new if mark is None else _where(mark != MASKED, new, states)
        for ref, state in zip(states_refs, new, strict=True):
            here.store(ref, state, step)
        for number, residual in enumerate(residuals if residual_ref is not None else ()):
            here.store(residual_ref, residual, step, block=number, width=units)
        return new

    _loop(steps, _ahead(run.steps, units), read, body, tuple(here.load(ref) for ref in given.initial))


class Kept(NamedTuple):
    """What the backward kernel reads: the state number `read` before and after the steps, residuals, and gradients.

    values: (timesteps, batch, units); before: (batch, units); residuals: (timesteps, batch, their number * units);
    last: of the states after the last step; every: of h after every step, or None. normal and scales: with a gain, the
    normalised products (timesteps, batch, gates * units) and by what they were multiplied, (timesteps, batch * gates).
    """

    kernel: Any
    gain: Any
    peepholes: Any
    masks: Any
    marks: Any
    values: Any
    before: Any
    residuals: Any
    last: Arrays
    every: Any
    normal: Any
    scales: Any


def _backward_program(run: Recurrence, kept: Kept, inputs_ref: Any, product_ref: Any, initial_refs: Any) -> None:
    """Write the gradients of the projected inputs, of the last gate's product, and of the initial states."""
    (steps, _, units), gates = kept.values.shape, run.steps.gates
    here, pairs = place(units), run.steps.pairs(range(gates))
    matrices = load(kept.kernel, units, [(gate, seen) for seen, gate in pairs], transposed=True)
    masks, initial = _masks_of(here, kept.masks, pairs, units), here.load(kept.before)
    scales = {(gate, seen): mask for (seen, gate), mask in masks.items()} if masks else None
    more, gains = _peepholes_of(here, kept.peepholes, units), here.load_vectors(kept.gain, gates, units)

    def plain(gate: int, gradient: Any, normal: tuple[Arrays, Arrays]) -> Any:
        values, factors = normal
        return normalised_back(gains[gate] * gradient, values[gate], factors[gate], units) if gains else gradient

    def transposed(normal: tuple[Arrays, Arrays], gradients: Arrays, of: tuple[int, ...]) -> list[Any]:
        by_gate = {gate: plain(gate, gradient, normal) for gate, gradient in zip(of, gradients, strict=True)}
        seen = {(gate, seen): by_gate[gate] for seen, gate in run.steps.pairs(of)}
        return product(run.kernels, seen, matrices, units, scales)

    def read(number: Any) -> tuple[Any, ...]:
        step = steps - 1 - number
        before = here.load(kept.values, jnp.maximum(step - 1, 0))
        mark = None if kept.marks is None else here.load_number(kept.marks, step)
        every = None if kept.every is None else here.load(kept.every, step)
        normal = tuple(here.load(kept.normal, step, block=n, width=units) for n in range(len(gains)))
        factors = tuple(here.load_number(kept.scales, step, n, gates) for n in range(len(gains)))
        residuals = tuple(here.load(kept.residuals, step, block=n, width=units) for n in range(run.steps.residuals))
        return before, residuals, mark, every, (normal, factors)

    def body(number: Any, inputs: tuple[Any, ...], carry: tuple[Arrays, Any]) -> tuple[Arrays, Any]:
        (gradients, after), (before, residuals, mark, every, normal) = carry, inputs
        step = steps - 1 - number
        before = jnp.where(step > 0, before, initial)
        gradients = gradients if every is None else (gradients[0] + every, *gradients[1:])
        given = gradients, before, after, residuals, partial(transposed, normal), *more
        back = run.steps.back(run.activation, run.gate, *given)
        found = back.inputs if back.product is None else (*back.inputs, back.product)
        states = back.states
        if mark is not None:
            found = tuple(jnp.where(mark != MASKED, x, 0.0) for x in found)
            states = tuple(jnp.where(mark == CUT, 0.0, x) for x in _where(mark != MASKED, states, gradients))
        for gate in range(gates):
            here.store(inputs_ref, found[gate], step, block=gate, width=units)
        if product_ref is not None:
            here.store(product_ref, found[gates], step)
        return states, before

    start = tuple(here.load(ref) for ref in kept.last), here.load(kept.values, steps - 1)
    gradients, _ = _loop(steps, _ahead(run.steps, units), read, body, start)
    for ref, gradient in zip(initial_refs, gradients, strict=True):
        here.store(ref, gradient)


def _call(name: str, program: Callable[..., None], run: Recurrence, batch: int, units: int, out: Any) -> Any:
    """Make a kernel of a program for each row."""
    return call(name, partial(program, run), run.kernels, (batch,), out, _warps(run.steps, units))


def forward(run: Recurrence, given: Given, keep: bool) -> tuple[Arrays, Any]:
    """Run the cell forward. Returns all states and, with `keep`, the residuals."""
    (steps, batch, _), units = given.projected.shape, run.units(given.projected)
    keep = keep and run.steps.residuals > 0
    residuals = array(steps, batch, run.steps.residuals * units) if keep else None
    out = (array(steps, batch, units),) * run.steps.states, residuals
    found: tuple[Arrays, Any] = _call("forward", _forward_program, run, batch, units, out)(given)
    return found


def backward(run: Recurrence, kept: Kept) -> tuple[Any, Any, Arrays]:
    """Run the gradient back. Returns those of the projected inputs, of the last gate's product, of the initial states.

    That of the product is None unless the cell has it `inner`.
    """
    (steps, batch, units), gates = kept.values.shape, run.steps.gates
    inner = array(steps, batch, units) if run.steps.inner else None
    out = array(steps, batch, gates * units), inner, (array(batch, units),) * run.steps.states
    found: tuple[Any, Any, Arrays] = _call("backward", _backward_program, run, batch, units, out)(kept)
    return found
