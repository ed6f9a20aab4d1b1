"""Functions that are compiled before they run: once for the same shapes, and not at all where memory is lacking."""

from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

MEGABYTE = 2**20


def doubled_twice(shapes: list[tuple[int, ...]]) -> tuple[list[float], int]:
    """Call a function with arrays of these shapes; return its results, and how often it was compiled."""
    import numpy as np

    from pipeline.training.ahead_of_time import AheadOfTime

    traced = []

    def double(values: dict[str, Any]) -> Any:
        traced.append(1)
        return (2 * values["x"]).sum()

    function = AheadOfTime(double)
    found = [float(function({"x": np.ones(shape, np.float32)})) for shape in shapes]
    return found, len(traced)


def sorted_in(free: int | None) -> float:
    """Sort a MB, of which a device must hold another, on one that has so many bytes left."""
    import jax
    import numpy as np

    from pipeline.training.ahead_of_time import AheadOfTime

    function = AheadOfTime(lambda values: jax.numpy.sort(values), lambda: free)
    return float(function(np.arange(MEGABYTE // 4, dtype=np.float32)[::-1])[0])


def left_of(stats: dict[str, int] | None) -> int | None:
    import jax

    from pipeline.training import ahead_of_time

    kept, jax.devices = jax.devices, lambda: [SimpleNamespace(memory_stats=lambda: stats)]
    try:
        return ahead_of_time.free_memory()
    finally:
        jax.devices = kept


def test_it_is_compiled_once_for_the_same_shapes(jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(doubled_twice, [(3,), (4,), (3,), (4,)]).result() == ([6, 8, 6, 8], 2)


@pytest.mark.parametrize("free", [None, 8 * MEGABYTE])
def test_it_runs_where_there_is_memory(free: int | None, jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(sorted_in, free).result() == 0


def test_it_does_not_run_where_there_is_none(jax_process: ProcessPoolExecutor) -> None:
    with pytest.raises(MemoryError, match=r"a program needs 0\.00 GB, and the device has 0\.00 GB left"):
        jax_process.submit(sorted_in, MEGABYTE - 1).result()


def test_what_is_left_is_what_is_not_in_use(jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(left_of, {"bytes_limit": 10, "bytes_in_use": 4}).result() == 6
    assert [jax_process.submit(left_of, stats).result() for stats in (None, {"bytes_in_use": 4})] == [None, None]
