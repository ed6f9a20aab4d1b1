"""Layer normalisation in a program of `sequence_kernel`: of a gate's products with the states, and its gradient.

As in `layer_norm`, with products of a centred kernel. Values are vectors of all lanes; those beyond the units repeat
the last one, and do not count.
"""

from typing import Any

from jax import lax
from jax import numpy as jnp

from pipeline.networks.layer_norm import EPSILON


def _mean(values: Any, units: int) -> Any:
    lane = lax.broadcasted_iota(jnp.int32, values.shape, 0)
    return jnp.sum(jnp.where(lane < units, values, 0.0)) / units


def normalised(products: Any, units: int) -> Any:
    """Scale the products of a gate to variance 1."""
    return products * lax.rsqrt(_mean(products * products, units) + EPSILON)


def normalised_back(gradient: Any, values: Any, scale: Any, units: int) -> Any:
    """Compute the gradient of the products from that of `values`, which are the products times `scale`."""
    return (gradient - values * _mean(gradient * values, units)) * scale
