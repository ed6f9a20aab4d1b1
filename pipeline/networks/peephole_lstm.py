"""The vanilla LSTM with peepholes and the variants that differ from it in one thing: the cells of Greff et al. 2017.

"LSTM: A Search Space Odyssey", sections II and III, with g for the paper's z, c before the step and c' after it:
    i = gate(x W_i + h R_i + p_i c + b_i)           g = activation(x W_g + h R_g + b_g)
    f = gate(x W_f + h R_f + p_f c + b_f)           c' = f c + i g
    o = gate(x W_o + h R_o + p_o c' + b_o)          h' = o activation(c')
NIG, NFG, NOG: i, f or o is 1. NIAF: g = x W_g + h R_g + b_g. NOAF: h' = o c'. CIFG: f = 1 - i. NP: no p, the LSTM of
`recurrences`. FGR: each gate also sees the three gates of the previous step, through nine more matrices.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from pipeline.networks.arrays import split
from pipeline.networks.recurrences import DERIVATIVES, Cell
from pipeline.spec.cells import CellSpec

SEEN = "ifo"  # the gates that the next step sees, in the order of their matrices' rows and columns


def full_recurrence(kernel: Any, between: Any) -> Any:
    """Build the matrix for h followed by the gates, (4 * units, 4 * units), columns in the order i f g o.

    kernel: (units, 4 * units), of h; between: (3 * units, 3 * units), from the gates i f o to the gates i f o.
    """
    units = kernel.shape[0]
    both, out = split(between, [2 * units, units])
    return ops.concatenate(
        [kernel, ops.concatenate([both, ops.zeros((3 * units, units), kernel.dtype), out], axis=1)], axis=0
    )


def _peephole_gradients(spec: CellSpec) -> Callable[[list[Any], Any], Any]:
    """Make the function that computes the gradient of the peepholes; i and f see c from before a step."""

    def found(stacks: list[Any], gradient: Any) -> Any:
        before, after = stacks[1][:-1], stacks[1][1:]
        z = dict(zip(spec.gates, split(gradient, len(spec.gates)), strict=True))
        products = [z[name] * (after if name == "o" else before) for name in spec.peepholes]
        return ops.sum(ops.stack(products), axis=(1, 2))

    return found


def peephole_lstm(activation: Any, gate: Any, spec: CellSpec) -> Cell:
    """Build the cell for `spec`. The states are h (for FGR followed by the gates i f o) and c."""
    inner, outer = (keras.activations.linear if name in spec.linear else activation for name in "gh")
    slope, outer_slope, gate_slope = DERIVATIVES[inner], DERIVATIVES[outer], DERIVATIVES[gate]

    def step(x: Any, a: Any, states: list[Any], peepholes: Any) -> tuple[list[Any], Any]:
        z = dict(zip(spec.gates, split(x + a, len(spec.gates)), strict=True))
        p = dict(zip(spec.peepholes, ops.unstack(peepholes), strict=True))
        c = states[1]

        def opened(name: str, seen: Any) -> Any:
            return gate(z[name] + p[name] * seen) if name in z else ops.ones_like(c)

        i = opened("i", c)
        f = 1 - i if spec.coupled else opened("f", c)
        g = inner(z["g"])
        after = f * c + i * g
        o = opened("o", after)
        h = o * outer(after)
        state = ops.concatenate([h, i, f, o], axis=1) if spec.between else h
        return [state, after], ops.concatenate([i, f, g, o], axis=1)

    def back(
        kept: Any, states: list[Any], new: list[Any], gradients: list[Any], peepholes: Any
    ) -> tuple[Any, Any, list[Any]]:
        i, f, g, o = split(kept, 4)
        p = dict.fromkeys(SEEN, 0.0) | dict(zip(spec.peepholes, ops.unstack(peepholes), strict=True))
        dh, di, df, do = split(gradients[0], 4) if spec.between else (gradients[0], 0.0, 0.0, 0.0)
        y = outer(new[1])
        z_o = (do + dh * y) * gate_slope(o)  # 0 where the gate is missing: it is 1
        dc = gradients[1] + dh * o * outer_slope(y) + z_o * p["o"]
        di, df = di + dc * g, df + dc * states[1]
        di = di - df if spec.coupled else di
        z = {"i": di * gate_slope(i), "f": df * gate_slope(f), "g": dc * i * slope(g), "o": z_o}
        before = dc * f + z["i"] * p["i"] + z["f"] * p["f"]
        every = ops.concatenate([z[name] for name in spec.gates], axis=1)
        return every, every, [ops.zeros_like(states[0]), before]

    return Cell(4, True, step, back, peepholes=_peephole_gradients(spec))
