"""Recurrent cells with gradients written by hand, for XLA: products that can be taken over all timesteps at once are.

Only what depends on the previous step need stay in the loop: one product with the recurrent kernel, and the gates. The
inputs can be projected before the loop, and the gradients of the weights can be single products after it (where that is
faster: `scan_gradients`). Equal to Keras' layers (tested, forward and gradients). Equations: Elman 1990 (simple),
Hochreiter and Schmidhuber 1997 with the forget gate of Gers 2000 (LSTM, no peepholes), Cho 2014 with the reset gate
before the product (first version of the paper; the GRU of document 002) or after it (second version); Zhou 2016 (MGU).
`peephole_lstm` has those with peepholes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from pipeline.networks.activations import old_hard_sigmoid
from pipeline.networks.arrays import split

# The derivative of each activation as a function of its output.
DERIVATIVES: dict[Any, Callable[[Any], Any]] = {
    keras.activations.linear: ops.ones_like,
    keras.activations.tanh: lambda y: 1 - y * y,
    keras.activations.sigmoid: lambda y: y * (1 - y),
    keras.activations.relu: lambda y: ops.cast(y > 0, y.dtype),
    keras.activations.softsign: lambda y: ops.square(1 - ops.abs(y)),
    keras.activations.hard_sigmoid: lambda y: ops.cast((y > 0) & (y < 1), y.dtype) / 6,
    old_hard_sigmoid: lambda y: ops.cast((y > 0) & (y < 1), y.dtype) * 0.2,
}


class Cell(NamedTuple):
    """One step without its products, and the gradient of that step.

    step(x, a, states) -> (new states, kept): x is the projected input, a the product of h with the recurrent kernel,
    both (batch, gates * units); states, each (batch, units), begin with h, from which a is computed; kept is what the
    gradient needs of a step, (batch, kept * units), or None.
    back(kept, states, new states, gradients of the new states) -> (gradient of x, of a, [of the states except through
    a]); with `same`, the first two are equal.

    A cell with `candidate_state` resets h within the step for its last gate: candidate_state(kept, h), of one step or
    of all. Then a lacks that gate; step takes one more argument, a function that multiplies that state by the gate's
    kernel, and back takes one for the gradient through this product; the gradient of a is still that of all gates.

    A cell with `peepholes` takes them, (gates with one, units), as the last argument of step and of back.
    peepholes(states before the first step and after every step, gradient of x at every step) is their gradient.

    `name` and `activations`, first that of the candidate, tell `scan_kernel` which cell this is; "" has no kernel.
    """

    kept: int
    same: bool
    step: Callable[..., tuple[list[Any], Any]]
    back: Callable[..., tuple[Any, Any, list[Any]]]
    candidate_state: Callable[[Any, Any], Any] | None = None
    peepholes: Callable[[list[Any], Any], Any] | None = None
    name: str = ""
    activations: tuple[Any, ...] = ()


def simple(activation: Any) -> Cell:
    """Build the cell h' = activation(x + a)."""

    def step(x: Any, a: Any, states: list[Any]) -> tuple[list[Any], Any]:
        return [activation(x + a)], None

    def back(kept: Any, states: list[Any], new: list[Any], gradients: list[Any]) -> tuple[Any, Any, list[Any]]:
        z = gradients[0] * DERIVATIVES[activation](new[0])
        return z, z, [ops.zeros_like(states[0])]

    return Cell(0, True, step, back, name="simple", activations=(activation,))


def lstm(units: int, activation: Any, gate: Any) -> Cell:
    """Build the cell c' = f c + i g, h' = o activation(c'), gates in Keras' order: i, f, g, o."""
    slope, gate_slope = DERIVATIVES[activation], DERIVATIVES[gate]

    def step(x: Any, a: Any, states: list[Any]) -> tuple[list[Any], Any]:
        both, candidate, out = split(x + a, [2 * units, units, units])  # i and f in one: fewer kernels
        kept = ops.concatenate([gate(both), activation(candidate), gate(out)], axis=1)
        i, f, g, o = split(kept, 4)
        c = f * states[1] + i * g
        return [o * activation(c), c], kept

    def back(kept: Any, states: list[Any], new: list[Any], gradients: list[Any]) -> tuple[Any, Any, list[Any]]:
        i, f, g, o = split(kept, 4)
        y = activation(new[1])
        dh, dc = gradients[0], gradients[1] + gradients[0] * o * slope(y)
        parts = [dc * g * gate_slope(i), dc * states[1] * gate_slope(f), dc * i * slope(g), dh * y * gate_slope(o)]
        z = ops.concatenate(parts, axis=1)
        return z, z, [ops.zeros_like(dh), dc * f]

    return Cell(4, True, step, back, name="lstm", activations=(activation, gate))


def gru(units: int, activation: Any, gate: Any) -> Cell:
    """Build the cell h' = z h + (1 - z) n, n = activation(x_n + r a_n), gates in Keras' order: z, r, n."""
    slope, gate_slope = DERIVATIVES[activation], DERIVATIVES[gate]

    def step(x: Any, a: Any, states: list[Any]) -> tuple[list[Any], Any]:
        (x_both, x_n), (a_both, a_n) = (split(value, [2 * units, units]) for value in (x, a))
        both = gate(x_both + a_both)
        z, r = split(both, 2)
        n = activation(x_n + r * a_n)
        return [z * states[0] + (1 - z) * n], ops.concatenate([both, n, a_n], axis=1)

    def back(kept: Any, states: list[Any], new: list[Any], gradients: list[Any]) -> tuple[Any, Any, list[Any]]:
        z, r, n, a_n = split(kept, 4)
        dh = gradients[0]
        dn = dh * (1 - z) * slope(n)
        dz, dr = dh * (states[0] - n) * gate_slope(z), dn * a_n * gate_slope(r)
        return ops.concatenate([dz, dr, dn], axis=1), ops.concatenate([dz, dr, dn * r], axis=1), [dh * z]

    return Cell(4, False, step, back, name="gru", activations=(activation, gate))


def gru_before(units: int, activation: Any, gate: Any) -> Cell:
    """Build the cell h' = z h + (1 - z) n, n = activation(x_n + (r h) U_n), gates in Keras' order: z, r, n."""
    slope, gate_slope = DERIVATIVES[activation], DERIVATIVES[gate]

    def candidate_state(kept: Any, h: Any) -> Any:
        _, r, _ = split(kept, 3)
        return r * h

    def step(x: Any, a: Any, states: list[Any], product: Callable[[Any], Any]) -> tuple[list[Any], Any]:
        x_both, x_n = split(x, [2 * units, units])
        both = gate(x_both + a)
        z, r = split(both, 2)
        n = activation(x_n + product(r * states[0]))
        return [z * states[0] + (1 - z) * n], ops.concatenate([both, n], axis=1)

    def back(
        kept: Any, states: list[Any], new: list[Any], gradients: list[Any], through: Callable[[Any], Any]
    ) -> tuple[Any, Any, list[Any]]:
        z, r, n = split(kept, 3)
        h, dh = states[0], gradients[0]
        dn = dh * (1 - z) * slope(n)
        dstate = through(dn)
        dz, dr = dh * (h - n) * gate_slope(z), dstate * h * gate_slope(r)
        every = ops.concatenate([dz, dr, dn], axis=1)
        return every, every, [dh * z + dstate * r]

    return Cell(3, True, step, back, candidate_state, name="gru_before", activations=(activation, gate))


def mgu(units: int, activation: Any, gate: Any) -> Cell:
    """Build the cell h' = (1 - f) h + f n, n = activation(x_n + (f h) U_n), gates in the order f, n.

    The minimal gated unit (Zhou et al. 2016), a GRU whose single gate does the work of both, as Heck and Salem 2017
    write it: f = gate(x W_f + h U_f + b_f), n = activation(x W_n + (f h) U_n + b_n). f = 1 takes the new value.
    """
    slope, gate_slope = DERIVATIVES[activation], DERIVATIVES[gate]

    def candidate_state(kept: Any, h: Any) -> Any:
        f, _ = split(kept, 2)
        return f * h

    def step(x: Any, a: Any, states: list[Any], product: Callable[[Any], Any]) -> tuple[list[Any], Any]:
        x_f, x_n = split(x, 2)
        f = gate(x_f + a)
        n = activation(x_n + product(f * states[0]))
        return [(1 - f) * states[0] + f * n], ops.concatenate([f, n], axis=1)

    def back(
        kept: Any, states: list[Any], new: list[Any], gradients: list[Any], through: Callable[[Any], Any]
    ) -> tuple[Any, Any, list[Any]]:
        f, n = split(kept, 2)
        h, dh = states[0], gradients[0]
        dn = dh * f * slope(n)
        dstate = through(dn)
        df = (dh * (n - h) + dstate * h) * gate_slope(f)
        every = ops.concatenate([df, dn], axis=1)
        return every, every, [dh * (1 - f) + dstate * f]

    return Cell(2, True, step, back, candidate_state, name="mgu", activations=(activation, gate))
