"""The values of a stack: the copy on the host is never an old one, and one run is set without the others."""

from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest


def made() -> Any:
    from pipeline.training.stack_values import StackValues

    return StackValues([([np.full(2, n, np.float32)], [np.array(n)], []) for n in (0, 1, 2)])


def trained() -> list[Any]:
    """Read, train, read, set one, train, and read again."""
    import jax

    def doubled(values: Any) -> Any:
        return jax.tree.map(lambda leaf: 2 * leaf + 1, values)

    values, found = made(), []
    found.append([values.read(n)[0][0].tolist() for n in range(3)])
    values.trained(doubled(values.device))
    kept = values.read(1)
    found.append([values.read(n)[0][0].tolist() for n in range(3)])
    before = values.device
    values.write(1, ([np.array([10, 20], np.float32)], [np.array(5)], []))
    values.write(2, ([np.array([0, 0], np.float32)], [np.array(5)], []))
    found.append(np.asarray(values.device[0][0]).tolist())
    values.trained(doubled(values.device))
    found.append([values.read(n)[0][0].tolist() for n in range(3)])
    return [*found, kept[0][0].tolist(), np.asarray(before[0][0]).tolist()]


def test_it_reads_what_was_trained_or_written_last(jax_process: ProcessPoolExecutor) -> None:
    first, second, written, third, kept, before = jax_process.submit(trained).result()
    assert first == [[0, 0], [1, 1], [2, 2]]
    assert second == before == [[1, 1], [3, 3], [5, 5]] and kept == [3, 3]  # copies: later ones do not change them
    assert written == [[1, 1], [10, 20], [0, 0]]
    assert third == [[3, 3], [21, 41], [1, 1]]


def fetched() -> int:
    """Count how often values come from the device for all runs of an epoch."""
    import jax

    values, count, get = made(), [], jax.device_get
    jax.device_get = lambda tree: count.append(1) or get(tree)
    try:
        values.trained(values.device)
        for place in (0, 1, 2, 0):
            values.read(place)
    finally:
        jax.device_get = get
    return len(count)


def test_they_are_fetched_once_for_all_runs(jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(fetched).result() == 1


def misfit() -> None:
    values = made()
    values.write(0, ([np.zeros(3, np.float32)], [np.array(0)], []))


def test_those_of_another_network_are_refused(jax_process: ProcessPoolExecutor) -> None:
    with pytest.raises(ValueError, match="size 3"):
        jax_process.submit(misfit).result()
