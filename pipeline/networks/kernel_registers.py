"""Products of states with recurrent kernels in the registers of a program of `sequence_kernel`: sums, and no TF32.

A thread holds columns of a matrix, so most of a sum needs no other thread. What has to be exchanged between threads is
joined first: one exchange of several vectors waits once, not once for each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from jax import lax
from jax import numpy as jnp
from jax.experimental.pallas import triton

from pipeline.networks.kernel_programs import WARP, lanes_of, power

LEAST = 16  # inputs of a part; narrower ones save nothing
Pair = tuple[int, int]  # an input and an output
Matrices = Mapping[Pair, list[Any]]  # the parts of each


def parts_of(units: int) -> list[tuple[int, int]]:
    """Cut the inputs of a product into at most two parts, (first, size), whose sizes are powers of two."""
    whole = power(units, WARP)
    rest = power(units - whole // 2, LEAST)
    return [(0, whole)] if rest >= whole // 2 else [(0, whole // 2), (whole // 2, rest)]


def weights_of(units: int) -> int:
    """Count the registers that a matrix takes in all threads of a program."""
    return lanes_of(units) * sum(size for _, size in parts_of(units))


def joined(values: Sequence[Any]) -> Any:
    """Join vectors of one shape by new axes of two at the end."""
    if len(values) == 1:
        return values[0]
    even = [*values, values[-1]] if len(values) % 2 else values
    return joined([jnp.stack(pair, axis=-1) for pair in zip(even[::2], even[1::2], strict=True)])


def apart(value: Any, dimensions: int) -> list[Any]:
    """Undo `joined`, until so many dimensions are left."""
    if value.ndim == dimensions:
        return [value]
    return [one for half in lax.unstack(value, axis=value.ndim - 1) for one in apart(half, dimensions)]


def _block(value: Any, first: int, size: int) -> Any:
    """Take `size` lanes of a vector from `first`, a multiple of it."""
    number, halvings = first // size, (value.shape[0] // size).bit_length() - 1
    value = jnp.transpose(value.reshape((2,) * halvings + (size,)), (halvings, *range(halvings)))
    while value.ndim > 1:
        value, number = lax.unstack(value, axis=value.ndim - 1)[number % 2], number // 2
    return value


def load(ref: Any, units: int, pairs: Sequence[Pair], transposed: bool = False) -> Matrices:
    """Load matrices of a recurrent kernel, each (lanes, inputs of a part): zero for inputs that there are not.

    pairs: (input, output), the numbers of the blocks of `units` rows and columns; transposed: of columns and rows.
    """

    def part(pair: Pair, first: int, size: int) -> Any:
        shape = lanes_of(units), size
        output = jnp.minimum(lax.broadcasted_iota(jnp.int32, shape, 0), units - 1) + pair[1] * units
        number = lax.broadcasted_iota(jnp.int32, shape, 1) + first
        given = jnp.minimum(number, units - 1) + pair[0] * units
        return jnp.where(number < units, triton.load(ref.at[(output, given) if transposed else (given, output)]), 0.0)

    return {pair: [part(pair, *cut) for cut in parts_of(units)] for pair in pairs}


def product(values: Mapping[Pair, Any], matrices: Matrices, units: int, scales: Mapping[Pair, Any] | None = None) -> list[Any]:
    """Compute each output: the sum over its inputs of a value times their matrix, times their scale.

    Values and scales are vectors of all lanes.
    """
    distinct = {id(value): value for value in values.values()}
    outputs = sorted({output for _, output in values})
    total: Any = 0.0
    for number, cut in enumerate(parts_of(units)):
        blocks = joined([_block(value, *cut) for value in distinct.values()])
        spread = apart(jnp.broadcast_to(blocks[None], (lanes_of(units), *blocks.shape)), 2)
        inputs = dict(zip(distinct, spread, strict=False))
        sums: dict[int, Any] = dict.fromkeys(outputs, 0.0)
        for pair, value in values.items():
            term = inputs[id(value)] * matrices[pair][number]
            sums[pair[1]] += term if scales is None else term * scales[pair][:, None]
        total += jnp.sum(joined([*sums.values()]), axis=1)
    return apart(total, 1)[: len(outputs)]
