"""A cell run over time on JAX: `lax.scan` over the steps, with the gradient that JAX finds, or on a GPU a kernel.

JAX's gradient owes nothing to the one written by hand in `scan_tensorflow`, so each proves the other (tested).
"""

from typing import Any

import jax
from jax import lax

from pipeline.networks import scan_kernel
from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.loops import Loop, products_of

# Steps in one turn of a `lax.scan` on a GPU, where starting the kernels of a turn takes longer than what they compute.
# Ms an update of 64 models on an H200: LSTM(20), 400x100x10: 12.1 with 1 step, 9.4 with 2, 7.3 with 4, 6.2 with 8. On
# 39x4x10, before their kernels: LSTM(63) with layer normalisation 3.3 with 1, 2.5 with 8, 2.7 with 16; RNN(145) 2.4,
# 2.0 and 2.0.
UNROLL = 8


def _chosen(condition: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Take the new states where the condition holds; None holds everywhere."""
    if condition is None:
        return new
    return [jax.numpy.where(condition, x, y) for x, y in zip(new, old, strict=True)]


def _unroll(loop: Loop, kernels: Kernels) -> int:
    """Choose the steps of one turn: on a CPU one, and one for `lstm_fgr`, whose state has also the gates.

    With 8 steps in a turn XLA adds up the gradients of its wide kernel in one slow loop: 12.2 instead of 3.4 ms.
    """
    return UNROLL if kernels.on and loop.weights.kernel.shape[0] == loop.units else 1


def scan(loop: Loop, kernels: Kernels | None = None) -> tuple[Any, list[Any]]:
    """Run a cell over time, as `scan.scan`."""
    kernels, projected = kernels or of_machine(), loop.projection.every()
    cell, _, weights, masks, valid, initial, sequences, _ = loop
    if kernels.on and kernels.loops and scan_kernel.against(cell, projected) is None:
        return scan_kernel.scan(loop, projected, kernels)
    first, *others = products_of(cell, weights, masks, loop.units, False, summed=kernels.on)
    more = [part.product for part in others] + ([] if weights.peepholes is None else [weights.peepholes])
    cut = loop.cuts(projected.shape[0])

    def step(states: list[Any], given: tuple[Any, Any, Any]) -> tuple[list[Any], Any]:
        x, there, ends = given
        if ends is not None:  # no gradient goes behind this step
            states = _chosen(ends, [lax.stop_gradient(state) for state in states], states)
        new, _ = cell.step(x, first.product(states[0]), states, *more)
        new = _chosen(there, new, states)
        return new, new[0] if sequences else None

    last, hidden = lax.scan(step, list(initial), (projected, valid, cut), unroll=_unroll(loop, kernels))
    return hidden, last


def linear(a: Any, b: Any, initial: Any, cut: Any) -> Any:
    """Compute h' = a h + b step by step, (timesteps, batch, units); no gradient goes behind the steps of `cut`."""

    def step(h: Any, given: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        a, b, ends = given
        new = a * jax.numpy.where(ends, lax.stop_gradient(h), h) + b
        return new, new

    return lax.scan(step, initial, (a, b, cut))[1]
