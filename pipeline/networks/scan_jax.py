"""A cell run over time on JAX: `lax.scan` over the steps, with the gradient that JAX finds, or on a GPU a kernel.

The former knows nothing of the gradient written by hand in `scan_tensorflow`, so each proves the other (tested).
"""

from typing import Any

import jax
from jax import lax

from pipeline.networks import scan_kernel
from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.loops import Weights, cuts, products_of
from pipeline.networks.recurrences import Cell


def _chosen(condition: Any, new: list[Any], old: list[Any]) -> list[Any]:
    """Take the new states where the condition holds; None holds everywhere."""
    if condition is None:
        return new
    return [jax.numpy.where(condition, x, y) for x, y in zip(new, old, strict=True)]


def scan(
    cell: Cell,
    projected: Any,
    weights: Weights,
    masks: list[Any],
    valid: Any,
    initial: list[Any],
    sequences: bool,
    truncation: int = 0,
    *,
    kernels: Kernels | None = None,
) -> tuple[Any, list[Any]]:
    """Run a cell over time. What is given and returned is that of `scan_tensorflow.scan`; for `kernels` see `scan`."""
    kernels = kernels or of_machine()
    if kernels.on and scan_kernel.against(cell, projected, weights) is None:
        return scan_kernel.scan(cell, projected, weights, masks, valid, initial, sequences, truncation, kernels)
    first, *others = products_of(cell, weights, masks, initial[-1].shape[1], False, summed=kernels.on)
    more = [part.product for part in others] + ([] if weights.peepholes is None else [weights.peepholes])
    cut = cuts(projected.shape[0], valid, truncation)

    def step(states: list[Any], given: tuple[Any, Any, Any]) -> tuple[list[Any], Any]:
        x, there, ends = given
        if ends is not None:  # no gradient goes behind this step
            states = _chosen(ends, [lax.stop_gradient(state) for state in states], states)
        new, _ = cell.step(x, first.product(states[0]), states, *more)
        new = _chosen(there, new, states)
        return new, new[0] if sequences else None

    last, hidden = lax.scan(step, list(initial), (projected, valid, cut))
    return hidden, last


def linear(a: Any, b: Any, initial: Any, cut: Any) -> Any:
    """Compute h' = a h + b step by step, (timesteps, batch, units); no gradient goes behind the steps of `cut`."""

    def step(h: Any, given: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        a, b, ends = given
        new = a * jax.numpy.where(ends, lax.stop_gradient(h), h) + b
        return new, new

    return lax.scan(step, initial, (a, b, cut))[1]
