"""The gradients of the weights of a sequence: products of all its steps at once, after its backward program.

With layer normalisation its gradient needs the products of the states with the recurrent kernel; they are computed
again, in one product of all steps.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from jax import numpy as jnp

from pipeline.networks import layer_norm
from pipeline.networks.kernel_products import matmul, over_rows
from pipeline.networks.kernel_steps import Arrays
from pipeline.networks.sequence_programs import Given, Recurrence


class Factor(NamedTuple):
    """What is multiplied by some columns of the kernel: (timesteps, batch, seen * units), and these columns."""

    values: Any
    columns: slice


def factors_of(run: Recurrence, given: Given, states: Arrays, residuals: Any) -> list[Factor]:
    """List the factors of the products at all steps, those of gates that see the same together."""
    gates, units = run.steps.gates, run.units(given.kernel)
    seen = [jnp.concatenate([given.initial[n][None], states[n][:-1]]) for n in range(run.steps.seen)]
    h = seen[0] if len(seen) == 1 else jnp.concatenate(seen, axis=2)
    seen_last = residuals[..., -units:] if run.steps.resets else h  # by the last gate
    if given.masks is not None:
        masks = jnp.broadcast_to(given.masks, (gates, *given.masks.shape[1:]))
        values = [side * mask for side, mask in zip([*[h] * (gates - 1), seen_last], masks, strict=True)]
        return [Factor(value, slice(gate * units, (gate + 1) * units)) for gate, value in enumerate(values)]
    if not (run.steps.resets or run.steps.inner):
        return [Factor(h, slice(0, gates * units))]
    return [Factor(h, slice(0, (gates - 1) * units)), Factor(seen_last, slice((gates - 1) * units, gates * units))]


def _rows(steps: Any) -> Any:
    return steps.reshape(-1, steps.shape[2])


def normal(run: Recurrence, given: Given, factor: Factor) -> tuple[Any, Any]:
    """Compute products at all steps again, normalised, and by what they were multiplied, as `layer_norm.normal`."""
    products = matmul(run.kernels, _rows(factor.values), given.kernel[:, factor.columns])
    return layer_norm.normal(products.reshape(*factor.values.shape[:2], -1), run.units(given.kernel))


def joined(normals: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Join what `normal` computes of all columns, for `Kept`."""
    if not normals:
        return None, None
    values, scales = zip(*normals, strict=True)
    return jnp.concatenate(values, axis=2), jnp.concatenate(scales, axis=2).reshape(len(scales[0]), -1)


def weight_gradients(
    run: Recurrence,
    given: Given,
    factors: Sequence[Factor],
    normals: Sequence[tuple[Any, Any]],
    inputs: Any,
    product: Any,
) -> tuple[Any, Any, Any]:
    """Compute the gradients of kernel, bias and gain; `inputs` and `product` are the first results of `backward`."""
    units = run.units(given.kernel)
    gradients = [inputs[..., factor.columns] for factor in factors]
    gradients = [*gradients[:-1], product] if run.steps.inner else gradients
    plain = gradients
    if normals:
        scaled = [given.gain[0, factor.columns] * x for factor, x in zip(factors, gradients, strict=True)]
        plain = [layer_norm.normal_back(x, *one, units) for x, one in zip(scaled, normals, strict=True)]
    pairs = zip(factors, plain, strict=True)
    kernels, sums = zip(*(over_rows(run.kernels, _rows(one.values), _rows(x)) for one, x in pairs), strict=True)
    kernel, bias, gain = jnp.concatenate(kernels, axis=1), jnp.concatenate(sums)[None], None
    if normals:
        every = jnp.concatenate(gradients, axis=2)
        bias, gain = (x.sum(axis=(0, 1))[None] for x in (every, every * joined(normals)[0]))
    return kernel, None if given.bias is None else bias, gain
