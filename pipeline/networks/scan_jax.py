"""A cell run over time on JAX: `lax.scan` over the steps, with the gradient that JAX finds, or on a GPU a kernel.

The former knows nothing of the gradient written by hand in `scan_tensorflow`, so each proves the other (tested).
"""

from typing import Any

import jax
from jax import lax

from pipeline.networks import scan_kernel
from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.loops import Loop, products_of

UNROLL = 8  # steps in one turn of a `lax.scan` on a GPU, where a turn costs as much as what it computes


def _chosen(condition: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Take the new states where the condition holds; None holds everywhere."""
    if condition is None:
        return new
    return [jax.numpy.where(condition, x, y) for x, y in zip(new, old, strict=True)]


def scan(loop: Loop, kernels: Kernels | None = None) -> tuple[Any, list[Any]]:
    """Run a cell over time, as `scan.scan`."""
    kernels, projected = kernels or of_machine(), loop.projection.every()
    cell, _, weights, masks, valid, initial, sequences, _ = loop
    if kernels.on and scan_kernel.against(cell, projected, weights) is None:
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

    last, hidden = lax.scan(step, list(initial), (projected, valid, cut), unroll=UNROLL if kernels.on else 1)
    return hidden, last


def linear(a: Any, b: Any, initial: Any, cut: Any) -> Any:
    """Compute h' = a h + b step by step, (timesteps, batch, units); no gradient goes behind the steps of `cut`."""

    def step(h: Any, given: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        a, b, ends = given
        new = a * jax.numpy.where(ends, lax.stop_gradient(h), h) + b
        return new, new

    return lax.scan(step, initial, (a, b, cut))[1]
