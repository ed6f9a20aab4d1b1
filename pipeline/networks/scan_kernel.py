"""A cell run over time on JAX by `sequence_kernel`, and what that cannot do, which is left to `lax.scan`."""

from typing import Any

from jax import numpy as jnp

from pipeline.networks.arrays import split
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_steps import FUNCTIONS, STEPS, Steps
from pipeline.networks.loops import Loop
from pipeline.networks.recurrences import Cell
from pipeline.networks.sequence_kernel import sequence
from pipeline.networks.sequence_programs import CUT, MASKED, VALID, Given, Recurrence

# The weights of a gate of 128 units take 64 KB of registers, a quarter of what a multiprocessor of an H100 has.
MOST_WEIGHTS, MOST_UNITS = 4 * 128**2, 192


def holds(steps: Steps, units: int) -> bool:
    """Tell whether the registers of a program hold the recurrent kernel of so many units."""
    return units <= MOST_UNITS and steps.weights(units) <= MOST_WEIGHTS


def against(cell: Cell, projected: Any) -> str | None:
    """Find the first reason why the kernel cannot run this, or None."""
    steps = STEPS.get(cell.name)
    if steps is None:
        return "the kernel does not have this cell"
    units = projected.shape[2] // steps.gates
    reasons = {
        "the kernel does not have its activations": any(function not in FUNCTIONS for function in cell.activations),
        f"the kernel does not hold the weights of {units} units": not holds(steps, units),
        f"the kernel computes in float32, not {projected.dtype}": projected.dtype != jnp.float32,
        "the kernel needs one timestep or more": not projected.shape[0],
    }
    return next((reason for reason, met in reasons.items() if met), None)


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
    seen, state, *rest = run.steps.seen, *loop.initial
    given = Given(
        kernel=weights.kernel,
        bias=None if weights.bias is None else weights.bias[None],
        gain=None if weights.gain is None else weights.gain[None],
        peepholes=None if weights.peepholes is None else weights.peepholes.reshape(1, -1),
        masks=jnp.stack(loop.masks) if loop.masks else None,
        marks=_marks(loop, *projected.shape[:2]),
        projected=projected,
        initial=(*split(state, seen), *rest),
    )
    last, hidden = sequence(run, given)
    return hidden, [jnp.concatenate(last[:seen], axis=1), *last[seen:]]
