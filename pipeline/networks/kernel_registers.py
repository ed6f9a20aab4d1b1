"""Products of states with recurrent kernels in the registers of a program of `sequence_kernel`: sums, and no TF32.

Triton chooses which thread holds what. With three axes, the last one the outputs, it gives a thread whole columns of a
matrix, so that most of a sum needs no other thread; with two axes that depends on its version, and can be 40 times
slower.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from jax import lax
from jax import numpy as jnp
from jax.experimental.pallas import triton

from pipeline.networks.kernel_programs import lanes_of, power

WHOLE, LEAST = 128, 16  # inputs of a part at most and at least
Pair = tuple[int, int]  # an input and an output
Matrices = Mapping[Pair, list[Any]]  # the parts of each


def parts_of(units: int) -> list[tuple[int, int]]:
    """Cut the inputs of a product into parts, (first, size), whose sizes are powers of two.

    Above WHOLE units there are two, as the registers do not hold more; below, a second sum takes as long as it saves.
    """
    whole = lanes_of(units)
    rest = power(units - whole // 2, LEAST)
    return [(0, whole // 2), (whole // 2, rest)] if whole > WHOLE > rest else [(0, whole)]


def weights_of(units: int) -> int:
    """Count the registers that a matrix takes in all threads of a program."""
    return lanes_of(units) * sum(size for _, size in parts_of(units))


def _block(value: Any, first: int, size: int) -> Any:
    """Take `size` lanes of a vector from `first`, a multiple of it."""
    number, halvings = first // size, (value.shape[0] // size).bit_length() - 1
    value = jnp.transpose(value.reshape((2,) * halvings + (size,)), (halvings, *range(halvings)))
    while value.ndim > 1:
        value, number = lax.unstack(value, axis=value.ndim - 1)[number % 2], number // 2
    return value


def load(ref: Any, units: int, pairs: Sequence[Pair], transposed: bool = False) -> Matrices:
    """Load matrices of a recurrent kernel, each (inputs of a part, lanes): zero for inputs that there are not.

    pairs: (input, output), the numbers of the blocks of `units` rows and columns; transposed: of columns and rows.
    """

    def part(pair: Pair, first: int, size: int) -> Any:
        shape = size, lanes_of(units)
        output = jnp.minimum(lax.broadcasted_iota(jnp.int32, shape, 1), units - 1) + pair[1] * units
        number = lax.broadcasted_iota(jnp.int32, shape, 0) + first
        given = jnp.minimum(number, units - 1) + pair[0] * units
        return jnp.where(number < units, triton.load(ref.at[(output, given) if transposed else (given, output)]), 0.0)

    return {pair: [part(pair, *cut) for cut in parts_of(units)] for pair in pairs}


def product(
    values: Mapping[Pair, Any], matrices: Matrices, units: int, scales: Mapping[Pair, Any] | None = None
) -> list[Any]:
    """Compute each output: the sum over its inputs of a value times their matrix, times their scale.

    Values and scales are vectors of all lanes. A sum over threads waits for all of them, so terms are added up first.
    """

    def output(wanted: int) -> Any:
        total: Any = 0.0
        for number, cut in enumerate(parts_of(units)):
            terms: Any = 0.0
            for pair in [pair for pair in values if pair[1] == wanted]:
                term = _block(values[pair], *cut)[None, :, None] * matrices[pair][number][None]
                terms += term if scales is None else term * scales[pair][None, None, :]
            total += jnp.sum(terms, axis=1)
        return total.reshape(-1)

    return [output(wanted) for wanted in dict.fromkeys(wanted for _, wanted in values)]
