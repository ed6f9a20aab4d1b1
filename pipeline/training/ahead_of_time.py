"""Functions that JAX compiles before they run, so that it is known by then whether the device has memory for them."""

from collections.abc import Callable
from typing import Any

import jax


def free_memory() -> int | None:
    """Count the bytes of the device that are not in use; None where JAX does not know, as on a CPU."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats["bytes_limit"] - stats["bytes_in_use"] if "bytes_limit" in stats else None


def needed_memory(compiled: Any) -> int:
    """Count the bytes that a compiled function takes besides its arguments; 0 if the compiler does not say."""
    found = compiled.memory_analysis()
    if found is None:
        return 0
    return int(found.temp_size_in_bytes + found.output_size_in_bytes - found.alias_size_in_bytes)


class AheadOfTime:
    """A function that is compiled once for all arguments of the same shapes.

    Raises MemoryError instead of running, when it has just been compiled and needs more memory than `free` says.
    """

    def __init__(self, function: Callable[..., Any], free: Callable[[], int | None] = free_memory) -> None:
        self._function, self._free = jax.jit(function), free
        self._compiled: dict[Any, Any] = {}

    def __len__(self) -> int:
        """Count the programs."""
        return len(self._compiled)

    def __call__(self, *given: Any) -> Any:
        leaves, structure = jax.tree.flatten(given)
        shapes = structure, *((leaf.shape, leaf.dtype) for leaf in leaves)
        if shapes not in self._compiled:
            self._compiled[shapes] = self._compile(given)
        return self._compiled[shapes](*given)

    def _compile(self, given: tuple[Any, ...]) -> Any:
        compiled = self._function.lower(*given).compile()
        needed, free = needed_memory(compiled), self._free()
        if free is not None and needed > free:
            raise MemoryError(f"a program needs {needed / 1e9:.2f} GB, and the device has {free / 1e9:.2f} GB left")
        return compiled
