"""What the kernels share: how a Pallas kernel is called, and where in the arrays one of its programs reads and writes.

The kernels are written for one model; `jax.vmap` stacks them by another axis of the grid, so a program does the same
arithmetic in a stack of any size. Pallas' Triton backend compiles them for a GPU. It knows powers of two only, no
`lax.logistic`, and multiplies in TF32 unless told otherwise.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from pipeline.networks.kernel_options import Kernels

WARP = 32  # threads of a GPU that go in step: with as many lanes a program needs no barrier between two timesteps


def power(number: int, least: int = 1) -> int:
    """Compute the least power of two that is not below `number` or `least`."""
    return max(least, 1 << (number - 1).bit_length())


def lanes_of(units: int) -> int:
    """Compute how many lanes a program has for so many units."""
    return power(units, WARP)


def array(*shape: int) -> jax.ShapeDtypeStruct:
    """Describe a float32 result of a kernel."""
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def multiply_add(kernels: Kernels, x: Any, y: Any, total: Any) -> Any:
    """Compute x y + total by one instruction, for which XLA takes two; without a total x y."""
    if total is None:
        return x * y
    if kernels.interpret:
        return x * y + total
    given = jnp.broadcast_arrays(x, y, total)
    asm, like = "fma.rn.f32 $0, $1, $2, $3;", [array(*given[0].shape)]
    (found,) = triton.elementwise_inline_asm(asm, args=given, constraints="=f,f,f,f", pack=1, result_shape_dtypes=like)
    return found


def call(
    name: str, body: Callable[..., None], kernels: Kernels, grid: tuple[int, ...], out: Any, warps: int, stages: int = 1
) -> Callable[..., Any]:
    """Make a function of whole arrays from `body`, whose programs find their part of the arrays by their number."""

    def kernel(*refs: Any) -> None:
        body(*refs)

    kernel.__name__ = name  # Pallas calls the kernel so, and profilers show it
    compiled = {} if kernels.interpret else {"compiler_params": triton.CompilerParams(warps, stages)}
    return pl.pallas_call(kernel, grid=grid, out_shape=out, interpret=kernels.interpret, **compiled)  # type: ignore[arg-type]


class Place(NamedTuple):
    """The row of the batch and the units that a program works on.

    Lanes are the units, padded to a power of two. What would lie outside repeats the last unit: it computes and stores
    the same value at the same place, so nothing has to be masked.
    """

    row: Any
    units: Any

    def load(self, ref: Any, *first: Any, block: int = 0, width: int = 0) -> Any:
        """Read from (..., batch, blocks * width) at the leading indices `first` a block's columns, as a gate's."""
        return triton.load(ref.at[(*first, self.row, self.units + block * width)])

    def store(self, ref: Any, value: Any, *first: Any, block: int = 0, width: int = 0) -> None:
        """Write to the columns of a block."""
        triton.store(ref.at[(*first, self.row, self.units + block * width)], value)

    def load_number(self, ref: Any, step: Any, gate: int = 0, gates: int = 1) -> Any:
        """Read the number of this row and gate from (timesteps, batch * gates)."""
        return triton.load(ref.at[step, self.row * gates + gate])

    def load_vectors(self, ref: Any, gates: int, width: int) -> list[Any]:
        """Read the columns of each gate from (1, gates * width); nothing of None."""
        return [] if ref is None else [triton.load(ref.at[0, self.units + gate * width]) for gate in range(gates)]


def place(units: int) -> Place:
    """Find the place of this program."""
    lane = lax.broadcasted_iota(jnp.int32, (lanes_of(units),), 0)
    return Place(pl.program_id(0), jnp.minimum(lane, units - 1))
