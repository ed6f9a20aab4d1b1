"""Products of states with recurrent kernels in the registers of a program of `sequence_kernel`: sums, and no TF32.

A kernel is held in parts of a few inputs each, which a product goes through by multiplying and adding in one
instruction. So only a part is left to be added up, inputs beyond the units are hardly held, and a program has fewer
instructions.

Triton chooses which thread holds what. With three axes, the last one the outputs, it gives a thread whole columns of a
matrix, so that most of a sum needs no other thread; with two axes that depends on its version, and can be 40 times
slower.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_programs import lanes_of, multiply_add

PART = 8  # inputs of a part; with fewer there is less to add up, and more to compile
Pair = tuple[int, int]  # an input and an output
Matrices = Mapping[Pair, list[Any]]  # the parts of each


def weights_of(units: int) -> int:
    """Count the registers that a matrix takes in all threads of a program."""
    return lanes_of(units) * pl.cdiv(units, PART) * PART


def _parts(vector: Any) -> list[Any]:
    """Cut a vector into parts, in order."""
    if vector.shape[0] == PART:
        return [vector]
    halves = lax.unstack(vector.reshape(2, -1).T, axis=1)
    return [part for half in halves for part in _parts(half)]


def load(ref: Any, units: int, pairs: Sequence[Pair], transposed: bool = False) -> Matrices:
    """Load matrices of a recurrent kernel, each (inputs of a part, lanes): zero for inputs that there are not.

    pairs: (input, output), the numbers of the blocks of `units` rows and columns; transposed: of columns and rows.
    """

    def part(pair: Pair, first: int) -> Any:
        shape = PART, lanes_of(units)
        output = jnp.minimum(lax.broadcasted_iota(jnp.int32, shape, 1), units - 1) + pair[1] * units
        number = lax.broadcasted_iota(jnp.int32, shape, 0) + first
        given = jnp.minimum(number, units - 1) + pair[0] * units
        return jnp.where(number < units, triton.load(ref.at[(output, given) if transposed else (given, output)]), 0.0)

    return {pair: [part(pair, first) for first in range(0, units, PART)] for pair in pairs}


def product(
    kernels: Kernels,
    values: Mapping[Pair, Any],
    matrices: Matrices,
    units: int,
    scales: Mapping[Pair, Any] | None = None,
) -> list[Any]:
    """Compute each output: the sum over its inputs of a value times their matrix, times their scale.

    Values and scales are vectors of all lanes. A sum over threads waits for all of them, so terms are added up first.
    """

    def added(pair: Pair, total: Any) -> Any:
        for part, matrix in zip(_parts(values[pair]), matrices[pair], strict=False):
            total = multiply_add(kernels, part[None, :, None], matrix[None], total)
        return total

    def output(wanted: int) -> Any:
        total: Any = None
        for pair in [pair for pair in values if pair[1] == wanted]:
            if scales is None:
                total = added(pair, total)
            else:
                total = multiply_add(kernels, added(pair, None), scales[pair][None, None, :], total)
        return jnp.sum(total, axis=1).reshape(-1)

    return [output(wanted) for wanted in dict.fromkeys(wanted for _, wanted in values)]
