"""A cell run over time on JAX by `sequence_kernel`, and what that cannot do, which is left to `lax.scan`."""

from typing import Any

from jax import numpy as jnp

from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_steps import FUNCTIONS, STEPS
from pipeline.networks.loops import Loop, Weights
from pipeline.networks.recurrences import Cell
from pipeline.networks.sequence_kernel import CUT, MASKED, VALID, Given, Recurrence, sequence

# With 128 units the weights of a gate take 64 KB of registers, a quarter of what a multiprocessor of an H100 has. Those
# of four gates do not all fit, and the kernel still takes half the time of a `lax.scan` of 64 (docs/decisions.md).
MOST_UNITS = 128


def against(cell: Cell, projected: Any, weights: Weights) -> str | None:
    """Find the first reason why the kernel cannot run this, or None."""
    units = projected.shape[2] // STEPS[cell.name].gates if cell.name in STEPS else 0
    unknown = [function for function in cell.activations if function not in FUNCTIONS]
    reasons = {
        "the kernel does not have this cell": not units,
        "the kernel does not have its activations": bool(unknown),
        f"the kernel holds at most {MOST_UNITS} units, not {units}": units > MOST_UNITS,
        "the kernel has no layer normalisation": weights.gain is not None,
        f"the kernel computes in float32, not {projected.dtype}": projected.dtype != jnp.float32,
        "the kernel needs one timestep or more": not projected.shape[0],
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _marks(loop: Loop, timesteps: int, batch: int) -> Any:
    """Mark every step of every row, (timesteps, batch) int32; None if there is nothing to mark."""
    ends = loop.cuts(timesteps)
    if loop.valid is None and ends is None:
        return None
    there = jnp.ones((1, 1, 1), bool) if loop.valid is None else loop.valid
    marks = jnp.where(there, VALID, MASKED)
    marks = marks if ends is None else jnp.where(ends, CUT, marks)
    return jnp.broadcast_to(marks[..., 0], (timesteps, batch)).astype(jnp.int32)


def scan(loop: Loop, projected: Any, kernels: Kernels) -> tuple[Any, list[Any]]:
    """Run a cell over time, as `scan.scan`; projected: what `loop.projection` computes of every step."""
    cell, weights = loop.cell, loop.weights
    first, *others = [FUNCTIONS[function] for function in cell.activations]
    run = Recurrence(STEPS[cell.name], first, others[0] if others else first, loop.sequences, kernels)
    given = Given(
        kernel=weights.kernel,
        bias=None if weights.bias is None else weights.bias[None],
        peepholes=None if weights.peepholes is None else weights.peepholes.reshape(1, -1),
        masks=jnp.stack(loop.masks) if loop.masks else None,
        marks=_marks(loop, *projected.shape[:2]),
        projected=projected,
        initial=tuple(loop.initial),
    )
    last, hidden = sequence(run, given)
    return hidden, list(last)
