"""A whole sequence of a recurrent layer as one kernel forward and one backward, on JAX, with its gradient.

`sequence_programs` has these kernels, `scan_kernel` the names and shapes of the other loops.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
from jax import numpy as jnp

from pipeline.networks.kernel_steps import Arrays
from pipeline.networks.sequence_gradients import factors_of, joined, normal, weight_gradients
from pipeline.networks.sequence_programs import Given, Kept, Recurrence, backward, forward


class Result(NamedTuple):
    """The states after the last step, and h after every step or None."""

    last: Arrays
    hidden: Any


def _result(run: Recurrence, states: Arrays) -> Result:
    return Result(tuple(state[-1] for state in states), states[0] if run.sequences else None)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def sequence(run: Recurrence, given: Given) -> Result:
    """Run a cell over time. No gradient is computed of the masks and marks."""
    return _result(run, forward(run, given, False)[0])


def _sequence_forward(run: Recurrence, given: Given) -> tuple[Result, tuple[Given, Arrays, Any]]:
    states, residuals = forward(run, given, True)
    return _result(run, states), (given, states, residuals)


def _sequence_backward(run: Recurrence, kept: tuple[Given, Arrays, Any], gradient: Result) -> tuple[Given]:
    given, states, residuals = kept
    values, before = states[run.steps.read], given.initial[run.steps.read]
    factors = factors_of(run, given, states, residuals)
    normals = [] if given.gain is None else [normal(run, given, factor) for factor in factors]
    normalised, scales = joined(normals)
    read = Kept(
        kernel=given.kernel,
        gain=given.gain,
        peepholes=given.peepholes,
        masks=given.masks,
        marks=given.marks,
        values=values,
        before=before,
        residuals=residuals,
        last=gradient.last,
        every=gradient.hidden,
        normal=normalised,
        scales=scales,
    )
    inputs, product, initial = backward(run, read)
    kernel, bias, gain = weight_gradients(run, given, factors, normals, inputs, product)
    peepholes = None
    if run.steps.peepholes is not None:
        peepholes = run.steps.peepholes(jnp.concatenate([before[None], values]), inputs).reshape(1, -1)
    return (Given(kernel, bias, gain, peepholes, None, None, inputs, initial),)


sequence.defvjp(_sequence_forward, _sequence_backward)
