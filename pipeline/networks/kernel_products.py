"""Products around the loop as kernels, so that the bits of a model do not depend on the size of its stack.

cuBLAS chooses its algorithm by the shapes of the whole stack; the gradients of the weights and small products then
differ in the last bits. Here the cut of a product into blocks depends only on the shapes of one model.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_programs import array, call, power

LEAST, MOST = 16, 64  # sides of a block; Triton takes none smaller
INNER = 32  # numbers that are multiplied and added up at once, at most
PARTS, PART = 128, 512  # a sum over rows has at most so many parts, of at least so many rows
ALIGNED = 4  # numbers that are read at once
# Each number is the sum of two of TF32, and the tensor cores take three products. Sums of 64 to 4,096 terms, simulated,
# err less than twice as much as in float32; with one product of TF32 it is hundreds of times.
PRECISION = lax.DotAlgorithmPreset.TF32_TF32_F32_X3
WARPS, STAGES = 4, 3  # of a program and of its loop


class Blocks(NamedTuple):
    """How a product is cut: rows, inner and columns of a block."""

    rows: int
    inner: int
    columns: int


def _side(size: int, most: int = MOST) -> int:
    """Choose the side of a block."""
    return min(most, power(size, LEAST))


def _load(ref: Any, first: tuple[Any, Any], block: tuple[int, int], size: tuple[Any, Any]) -> Any:
    """Read a block of a matrix, zero outside it."""
    row = first[0] + lax.broadcasted_iota(jnp.int32, block, 0)
    column = first[1] + lax.broadcasted_iota(jnp.int32, block, 1)
    return triton.load(ref.at[row, column], mask=(row < size[0]) & (column < size[1]), other=0.0)


def _store(ref: Any, first: tuple[Any, Any], value: Any, size: tuple[Any, Any], lead: tuple[Any, ...] = ()) -> None:
    """Write what of a block is inside the matrix."""
    row = first[0] + lax.broadcasted_iota(jnp.int32, value.shape, 0)
    column = first[1] + lax.broadcasted_iota(jnp.int32, value.shape, 1)
    triton.store(ref.at[(*lead, row, column)], value, mask=(row < size[0]) & (column < size[1]))


def _dot(kernels: Kernels, a: Any, b: Any, over: tuple[int, int]) -> Any:
    dimensions = (((over[0],), (over[1],)), ((), ()))
    precision = lax.Precision.HIGHEST if kernels.interpret else PRECISION
    return lax.dot_general(a, b, dimensions, precision=precision, preferred_element_type=jnp.float32)


def _matmul(kernels: Kernels, x: Any, kernel: Any) -> Any:
    """Multiply x (rows, inner) by a kernel (inner, columns)."""
    (rows, inner), columns = x.shape, kernel.shape[1]
    block = Blocks(_side(rows), _side(inner, INNER), _side(columns))

    def body(x_ref: Any, kernel_ref: Any, out_ref: Any) -> None:
        first, last = pl.program_id(0) * block.rows, pl.program_id(1) * block.columns

        def add(turn: Any, total: Any) -> Any:
            middle = turn * block.inner
            left = _load(x_ref, (first, middle), (block.rows, block.inner), (rows, inner))
            right = _load(kernel_ref, (middle, last), (block.inner, block.columns), (inner, columns))
            return total + _dot(kernels, left, right, (1, 0))

        zeros = jnp.zeros((block.rows, block.columns), jnp.float32)
        _store(out_ref, (first, last), lax.fori_loop(0, pl.cdiv(inner, block.inner), add, zeros), (rows, columns))

    grid = pl.cdiv(rows, block.rows), pl.cdiv(columns, block.columns)
    result: Any = call("matmul", body, kernels, grid, array(rows, columns), WARPS, STAGES)(x, kernel)
    return result


def _in_order(parts: Any) -> Any:
    """Add up the first axis by additions alone, which a compiler may not arrange otherwise."""
    total = parts[0]
    for part in range(1, parts.shape[0]):
        total = total + parts[part]
    return total


def _aligned(matrix: Any) -> Any:
    """Add columns of zeros, so that every row begins where a thread can read several numbers at once.

    The gradient of GRU(49) in both directions took 0.3 ms with its rows of 98 numbers, that of LSTM(41), of 164, 0.05.
    """
    return jnp.pad(matrix, ((0, 0), (0, -matrix.shape[1] % ALIGNED)))


def over_rows(kernels: Kernels, a: Any, gradient: Any) -> tuple[Any, Any]:
    """Multiply a (rows, inner), transposed, by a gradient (rows, columns); also sum the columns of the latter.

    Programs sum parts of the rows; the sums of the parts are added in order.
    """
    (rows, _), columns = a.shape, gradient.shape[1]
    a, gradient, used = _aligned(a), _aligned(gradient), (a.shape[1], columns)
    inner, columns = a.shape[1], gradient.shape[1]
    part = max(PART, power(pl.cdiv(rows, PARTS)))
    block = Blocks(INNER, _side(inner), _side(columns))

    def body(a_ref: Any, gradient_ref: Any, out_ref: Any, sums_ref: Any) -> None:
        number, middle, last = pl.program_id(0), pl.program_id(1) * block.inner, pl.program_id(2) * block.columns
        end = jnp.minimum((number + 1) * part, rows)

        def add(turn: Any, totals: tuple[Any, Any]) -> tuple[Any, Any]:
            first = number * part + turn * block.rows
            left = _load(a_ref, (first, middle), (block.rows, block.inner), (end, inner))
            right = _load(gradient_ref, (first, last), (block.rows, block.columns), (end, columns))
            return totals[0] + _dot(kernels, left, right, (0, 0)), totals[1] + jnp.sum(right, axis=0)

        zeros = jnp.zeros((block.inner, block.columns), jnp.float32), jnp.zeros((block.columns,), jnp.float32)
        product, sums = lax.fori_loop(0, pl.cdiv(min(part, rows), block.rows), add, zeros)
        _store(out_ref, (middle, last), product, (inner, columns), (number,))
        _store(sums_ref, (number, last), sums[None], (number + 1, columns))

    parts = pl.cdiv(rows, part)
    grid = parts, pl.cdiv(inner, block.inner), pl.cdiv(columns, block.columns)
    out = [array(parts, inner, columns), array(parts, columns)]
    product, sums = call("over_rows", body, kernels, grid, out, WARPS, STAGES)(a, gradient)
    return _in_order(product)[: used[0], : used[1]], _in_order(sums)[: used[1]]


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def matmul(kernels: Kernels, x: Any, kernel: Any) -> Any:
    """Multiply x (rows, inner) by a kernel (inner, columns), float32; its gradients are kernels too."""
    return _matmul(kernels, x, kernel)


def _forward(kernels: Kernels, x: Any, kernel: Any) -> tuple[Any, tuple[Any, Any]]:
    return _matmul(kernels, x, kernel), (x, kernel)


def _backward(kernels: Kernels, kept: tuple[Any, Any], gradient: Any) -> tuple[Any, Any]:
    x, kernel = kept
    return _matmul(kernels, gradient, kernel.T), over_rows(kernels, x, gradient)[0]


matmul.defvjp(_forward, _backward)
