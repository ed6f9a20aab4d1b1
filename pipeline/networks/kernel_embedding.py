"""Rows of a table by their numbers, with a gradient that has the same bits whatever else a GPU computes, on JAX.

XLA's is a scatter, whose order on a GPU is XLA's. Here the rows are sorted by number, in the order of the batch, and
summed by rounds of a fixed tree.
"""

from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

Part = tuple[Any, Any]  # whether a segment begins here, (..., 1), and the sum since its beginning, (..., width)


def _joined(before: Part, after: Part) -> Part:
    return before[0] | after[0], jnp.where(after[0], after[1], before[1] + after[1])


def _totals(size: int, ids: Any, rows: Any) -> Any:
    """Sum the rows (n, width) of each id (n,) below `size`, (size, width)."""
    order = jnp.argsort(ids, stable=True)
    ids = ids[order]
    begins = jnp.concatenate([jnp.ones(1, bool), ids[1:] != ids[:-1]])[:, None]
    _, sums = lax.associative_scan(_joined, (begins, rows[order]))
    every = jnp.arange(size, dtype=ids.dtype)
    last = jnp.searchsorted(ids, every, side="right") - 1
    place = jnp.maximum(last, 0)
    there = (last >= 0) & (ids[place] == every)
    return jnp.where(there[:, None], sums[place], 0.0)


@jax.custom_vjp
def take(table: Any, ids: Any) -> Any:
    """Read the rows of a table (size, width) with these numbers, which must be below its size."""
    return jnp.take(table, ids, axis=0, mode="clip")


def _forward(table: Any, ids: Any) -> tuple[Any, tuple[Any, Any]]:
    return take(table, ids), (table, ids)


def _backward(kept: tuple[Any, Any], gradient: Any) -> tuple[Any, None]:
    table, ids = kept
    return _totals(len(table), ids.reshape(-1), gradient.reshape(-1, table.shape[1])), None


take.defvjp(_forward, _backward)
