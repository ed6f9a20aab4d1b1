"""Small array operations for both backends of Keras, where `keras.ops` has none that keeps static shapes."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from keras import ops


def split(values: Any, sizes: int | Sequence[int]) -> list[Any]:
    """Split the last axis into so many equal parts, or into parts of these sizes.

    keras.ops.split loses the static shapes under TensorFlow, and without them XLA cannot compile a loop.
    """
    if isinstance(sizes, int):
        sizes = [values.shape[-1] // sizes] * sizes
    ends = list(accumulate(sizes))
    return [values[..., end - size : end] for size, end in zip(sizes, ends, strict=True)]


def total(values: Sequence[Any]) -> Any:
    """Add up arrays of one shape."""
    first, *others = values
    for other in others:
        first = first + other
    return first


def reverse_cumsum(values: Any) -> Any:
    """Sum along the first axis, from the last row back."""
    return ops.flip(ops.cumsum(ops.flip(values, axis=0), axis=0), axis=0)
