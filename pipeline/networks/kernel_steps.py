"""The steps of the cells as a kernel computes them, a gate at a time, and the gradients of these steps.

`recurrences` has the equations; there the gates are parts of one array, which a GPU's registers cannot be cut into.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
from jax import numpy as jnp

from pipeline.networks.activations import Function, old_hard_sigmoid
from pipeline.networks.kernel_registers import weights_of
from pipeline.networks.peephole_step import NOT_SEEN, PeepholeStep, peephole_gradient
from pipeline.spec.cells import PEEPHOLE_LSTMS, CellSpec

Arrays = tuple[Any, ...]  # each (lanes,)


def _ramp(slope: float, edge: float) -> Function:
    """Make slope x + 0.5, cut at 0 and 1, which it reaches at -edge and edge."""

    def value(x: Any) -> Any:
        return jnp.where(x < -edge, 0.0, jnp.where(x > edge, 1.0, slope * x + 0.5))

    return Function(value, lambda y: jnp.where((y > 0) & (y < 1), slope, 0.0))


# Written with what Triton can compile. The slopes at the kinks are those of `recurrences.DERIVATIVES`.
FUNCTIONS: dict[Any, Function] = {
    keras.activations.linear: Function(lambda x: x, lambda y: 1.0),
    keras.activations.tanh: Function(jnp.tanh, lambda y: (1.0 - y) * (1.0 + y)),
    keras.activations.sigmoid: Function(lambda x: 1.0 / (1.0 + jnp.exp(-x)), lambda y: y * (1.0 - y)),
    keras.activations.relu: Function(lambda x: jnp.where(x > 0, x, 0.0), lambda y: jnp.where(y > 0, 1.0, 0.0)),
    keras.activations.softsign: Function(
        lambda x: x / (1.0 + jnp.abs(x)), lambda y: (1.0 - jnp.abs(y)) * (1.0 - jnp.abs(y))
    ),
    keras.activations.hard_sigmoid: _ramp(1 / 6, 3.0),
    old_hard_sigmoid: _ramp(0.2, 2.5),
}


class Stepped(NamedTuple):
    """The states after a step, h first, and what its gradient needs besides them."""

    states: Arrays
    residuals: Arrays = ()


class Back(NamedTuple):
    """The gradients of a step: of its gates' inputs, of the states before it, and of the product of the last gate.

    The latter is None where it is that of the gate's input. The gradients of the other products always are.
    """

    inputs: Arrays
    states: Arrays
    product: Any = None


class Steps(NamedTuple):
    """A cell for `sequence_kernel`.

    step(act, gate, x, states, product) -> Stepped: x is the projected input of each gate, product(seen, gates)
    multiplies what each of these gates sees by their recurrent kernels and adds their biases.
    back(act, gate, gradients of the new states, before, after, residuals, transposed) -> Back: before and after are the
    values of the state number `read`, transposed(gradients, gates) goes back through the products of these gates to
    what they see.

    A cell with `peepholes` takes them, each as a row, as the last argument of both; peepholes(c before the first step
    and after every step, gradient of the gates' inputs at every step) is their gradient.

    gates, states, residuals: how many there are. The gates see the first `seen` states, those of `blind` only h.
    `resets` marks that the last gate multiplies a state of its own, the last residual; `inner` that the product of the
    last gate has another gradient than its input.
    """

    gates: int
    states: int
    residuals: int
    read: int
    step: Callable[..., Stepped]
    back: Callable[..., Back]
    resets: bool = False
    inner: bool = False
    seen: int = 1
    blind: tuple[int, ...] = ()
    peepholes: Callable[[Any, Any], Any] | None = None

    def pairs(self, gates: Sequence[int]) -> list[tuple[int, int]]:
        """List what is multiplied for these gates: (number of a state, gate)."""
        return [(seen, gate) for gate in gates for seen in range(1 if gate in self.blind else self.seen)]

    def weights(self, units: int) -> int:
        """Count the registers that the recurrent kernel takes in all threads of a program."""
        return len(self.pairs(range(self.gates))) * weights_of(units)


def _simple(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any) -> Stepped:
    (a,) = product(states, (0,))
    return Stepped((act.value(x[0] + a),))


def _simple_back(
    act: Function, gate: Function, gradients: Arrays, before: Any, after: Any, residuals: Arrays, transposed: Any
) -> Back:
    z = (gradients[0] * act.slope(after),)
    return Back(z, tuple(transposed(z, (0,))))


def _lstm(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any) -> Stepped:
    h, c = states
    a = product((h,), (0, 1, 2, 3))
    i, f = gate.value(x[0] + a[0]), gate.value(x[1] + a[1])
    g, o = act.value(x[2] + a[2]), gate.value(x[3] + a[3])
    c = f * c + i * g
    return Stepped((o * act.value(c), c), (i, f, g, o))


def _lstm_back(
    act: Function, gate: Function, gradients: Arrays, before: Any, after: Any, residuals: Arrays, transposed: Any
) -> Back:
    (dh, dc), (i, f, g, o) = gradients, residuals
    y = act.value(after)
    dc = dc + dh * o * act.slope(y)
    gates = dc * g * gate.slope(i), dc * before * gate.slope(f), dc * i * act.slope(g), dh * y * gate.slope(o)
    return Back(gates, (*transposed(gates, (0, 1, 2, 3)), dc * f))


def _gru(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any) -> Stepped:
    (h,) = states
    a_z, a_r, a_n = product(states, (0, 1, 2))
    z, r = gate.value(x[0] + a_z), gate.value(x[1] + a_r)
    n = act.value(x[2] + r * a_n)
    return Stepped((z * h + (1.0 - z) * n,), (z, r, n, a_n))


def _gru_back(
    act: Function, gate: Function, gradients: Arrays, before: Any, after: Any, residuals: Arrays, transposed: Any
) -> Back:
    (dh,), (z, r, n, a_n) = gradients, residuals
    dn = dh * (1.0 - z) * act.slope(n)
    dz, dr, inner = dh * (before - n) * gate.slope(z), dn * a_n * gate.slope(r), dn * r
    (through,) = transposed((dz, dr, inner), (0, 1, 2))
    return Back((dz, dr, dn), (dh * z + through,), inner)


def _gru_before(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any) -> Stepped:
    (h,) = states
    a_z, a_r = product(states, (0, 1))
    z, r = gate.value(x[0] + a_z), gate.value(x[1] + a_r)
    state = r * h
    (a_n,) = product((state,), (2,))
    n = act.value(x[2] + a_n)
    return Stepped((z * h + (1.0 - z) * n,), (z, r, n, state))


def _gru_before_back(
    act: Function, gate: Function, gradients: Arrays, before: Any, after: Any, residuals: Arrays, transposed: Any
) -> Back:
    (dh,), (z, r, n, _) = gradients, residuals
    dn = dh * (1.0 - z) * act.slope(n)
    (dstate,) = transposed((dn,), (2,))
    dz, dr = dh * (before - n) * gate.slope(z), dstate * before * gate.slope(r)
    (through,) = transposed((dz, dr), (0, 1))
    return Back((dz, dr, dn), (dh * z + dstate * r + through,))


def _mgu(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any) -> Stepped:
    (h,) = states
    (a_f,) = product(states, (0,))
    f = gate.value(x[0] + a_f)
    state = f * h
    (a_n,) = product((state,), (1,))
    n = act.value(x[1] + a_n)
    return Stepped((h - f * h + f * n,), (f, n, state))


def _mgu_back(
    act: Function, gate: Function, gradients: Arrays, before: Any, after: Any, residuals: Arrays, transposed: Any
) -> Back:
    (dh,), (f, n, _) = gradients, residuals
    dn = dh * f * act.slope(n)
    (dstate,) = transposed((dn,), (1,))
    df = (dh * (n - before) + dstate * before) * gate.slope(f)
    (through,) = transposed((df,), (0,))
    return Back((df, dn), (dh * (1.0 - f) + dstate * f + through,))


def _peephole_lstm(spec: CellSpec) -> Steps:
    """Make the steps of an LSTM with peepholes."""
    every = tuple(range(len(spec.gates)))

    def equations(act: Function, gate: Function) -> PeepholeStep:
        return PeepholeStep(spec, act, gate, FUNCTIONS[keras.activations.linear])

    def step(act: Function, gate: Function, x: Arrays, states: Arrays, product: Any, peepholes: Arrays) -> Stepped:
        inputs = [one + other for one, other in zip(x, product(states[:-1], every), strict=True)]
        cell = equations(act, gate)
        h, c, gates = cell.forward(inputs, states[-1], peepholes)
        seen = (gates.i, gates.f, gates.o) if spec.between else ()
        return Stepped((h, *seen, c), tuple(cell.kept(gates)))

    def back(
        act: Function,
        gate: Function,
        gradients: Arrays,
        before: Any,
        after: Any,
        residuals: Arrays,
        transposed: Any,
        peepholes: Arrays,
    ) -> Back:
        dh, *seen, dc = gradients
        given = (before, after), (dh, dc), peepholes, seen or NOT_SEEN
        inputs, c = equations(act, gate).back(residuals, *given)
        return Back(tuple(inputs), (*transposed(tuple(inputs), every), c))

    seen, blind = (4, (spec.gates.index("g"),)) if spec.between else (1, ())
    gradient = partial(peephole_gradient, spec)
    return Steps(len(every), 1 + seen, len(every), seen, step, back, seen=seen, blind=blind, peepholes=gradient)


# By the names of `recurrences.Cell`.
STEPS = {
    "simple": Steps(1, 1, 0, 0, _simple, _simple_back),
    "lstm": Steps(4, 2, 4, 1, _lstm, _lstm_back),
    "gru": Steps(3, 1, 4, 0, _gru, _gru_back, inner=True),
    "gru_before": Steps(3, 1, 4, 0, _gru_before, _gru_before_back, resets=True),
    "mgu": Steps(2, 1, 3, 0, _mgu, _mgu_back, resets=True),
    **{name: _peephole_lstm(spec) for name, spec in PEEPHOLE_LSTMS.items()},
}
