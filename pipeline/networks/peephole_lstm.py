"""The vanilla LSTM with peepholes and the variants that differ from it in one thing: the cells of Greff et al. 2017.

"LSTM: A Search Space Odyssey", sections II and III, with g for the paper's z, c before the step and c' after it:
    i = gate(x W_i + h R_i + p_i c + b_i)           g = activation(x W_g + h R_g + b_g)
    f = gate(x W_f + h R_f + p_f c + b_f)           c' = f c + i g
    o = gate(x W_o + h R_o + p_o c' + b_o)          h' = o activation(c')
NIG, NFG, NOG: i, f or o is 1. NIAF: g = x W_g + h R_g + b_g. NOAF: h' = o c'. CIFG: f = 1 - i. NP: no p, the LSTM of
`recurrences`. FGR: each gate also sees the three gates of the previous step, through nine more matrices.
`peephole_step` has these equations and their gradient.
"""

from typing import Any

import keras
from keras import ops

from pipeline.networks.activations import Function
from pipeline.networks.arrays import split
from pipeline.networks.peephole_step import NOT_SEEN, PeepholeStep, peephole_gradient
from pipeline.networks.recurrences import DERIVATIVES, Cell
from pipeline.spec.cells import CELLS


def full_recurrence(kernel: Any, between: Any) -> Any:
    """Build the matrix for h followed by the gates, (4 * units, 4 * units), columns in the order i f g o.

    kernel: (units, 4 * units), of h; between: (3 * units, 3 * units), from the gates i f o to the gates i f o.
    """
    units = kernel.shape[0]
    both, out = split(between, [2 * units, units])
    return ops.concatenate(
        [kernel, ops.concatenate([both, ops.zeros((3 * units, units), kernel.dtype), out], axis=1)], axis=0
    )


def _function(activation: Any) -> Function:
    return Function(activation, DERIVATIVES[activation])


def peephole_lstm(activation: Any, gate: Any, variant: str) -> Cell:
    """Build the cell of a variant. The states are h (for FGR followed by the gates i f o) and c."""
    spec = CELLS[variant]
    equations = PeepholeStep(spec, _function(activation), _function(gate), _function(keras.activations.linear))

    def step(x: Any, a: Any, states: list[Any], peepholes: Any) -> tuple[list[Any], Any]:
        h, c, gates = equations.forward(split(x + a, len(spec.gates)), states[1], ops.unstack(peepholes))
        state = ops.concatenate([h, gates.i, gates.f, gates.o], axis=1) if spec.between else h
        return [state, c], ops.concatenate(equations.kept(gates), axis=1)

    def back(
        kept: Any, states: list[Any], new: list[Any], gradients: list[Any], peepholes: Any
    ) -> tuple[Any, Any, list[Any]]:
        dh, *seen = split(gradients[0], 4) if spec.between else [gradients[0], *NOT_SEEN]
        c, given = (states[1], new[1]), (dh, gradients[1])
        found, before = equations.back(split(kept, len(spec.gates)), c, given, ops.unstack(peepholes), seen)
        every = ops.concatenate(found, axis=1)
        return every, every, [ops.zeros_like(states[0]), before]

    def gradient(stacks: list[Any], every: Any) -> Any:
        return peephole_gradient(spec, stacks[1], every)

    return Cell(len(spec.gates), True, step, back, peepholes=gradient, name=variant, activations=(activation, gate))
