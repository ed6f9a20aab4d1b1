"""The data of a stack: what several runs share is there once."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np


def stored(kinds: list[str]) -> tuple[list[tuple[int, ...]], list[list[float]]]:
    """Share stores: the shapes on the device, and what each run finds in its own. A letter is the content."""
    from pipeline.training.stack_store import shared

    held = np.full((2, 3), 7.0)
    of = {"same": lambda: held, "equal": lambda: held.copy(), "other": lambda: held + 1}
    stores = [(of[kind](), np.ones(2, np.int32), np.zeros(2, np.int32)) for kind in kinds]
    arrays, which = shared(stores)
    return [array.shape for array in arrays], [np.asarray(arrays[0][place]).ravel().tolist() for place in which]


def test_equal_stores_are_one_and_each_run_finds_its_own(jax_process: ProcessPoolExecutor) -> None:
    kinds = ["other", "same", "equal", "same", "other"]
    shapes, found = jax_process.submit(stored, kinds).result()
    assert shapes == [(2, 2, 3), (2, 2), (2, 2)]
    assert found == [[8.0 if kind == "other" else 7.0] * 6 for kind in kinds]
