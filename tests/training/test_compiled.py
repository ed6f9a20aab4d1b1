"""The state that goes from row to row, within an epoch and from one to the next."""

from typing import Any

import numpy as np
import pytest

from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")

ROWS = 6


def begun(state: str, variant: str = "lstm_peephole") -> Any:
    """Return the Compiled of a network that hands its state on."""
    from pipeline.networks.build import build
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    chosen = experiment(variant, recurrent={"state": state}, batch=1, optimizer={"learning_rate": 0.05})
    sequences = vectors(3, 2, ROWS)
    model = build(chosen, data(sequences), 2, None, 0)
    compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer), carry=state == "carry"))
    compiled.begin(model, (sequences, np.full(ROWS, 3, np.int32), np.arange(ROWS, dtype=np.int32) % 3))
    return compiled


def rows(*given: int) -> np.ndarray:
    return np.array(given, np.int32)[:, None]


def carried(compiled: Any) -> list[Any]:
    return [state for layer in compiled.model.layers for state in getattr(layer, "states", None) or []]


def states(compiled: Any) -> list[np.ndarray]:
    return [state.value.numpy().copy() for state in carried(compiled)]


@pytest.mark.parametrize("variant", ["lstm_peephole", "lstm_fgr", "min_gru"])
def test_a_state_that_is_carried_makes_two_epochs_one(variant: str) -> None:
    parts, whole = begun("carry", variant), begun("carry", variant)
    losses = [parts.train_epoch(rows(0, 1, 2), 6)[0], parts.train_epoch(rows(3, 4, 5), 6)[0]]
    np.testing.assert_array_equal(np.concatenate(losses), whole.train_epoch(rows(0, 1, 2, 3, 4, 5), 6)[0])
    for one, other in zip(states(parts), states(whole), strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.abs(one).max() > 0


def test_a_state_that_is_reset_begins_every_epoch_with_zeros() -> None:
    parts, whole = begun("reset"), begun("reset")
    parts.train_epoch(rows(0, 1, 2), 6)
    whole.train_epoch(rows(0, 1, 2), 6)
    for state in carried(parts):
        state.assign(state + 1.0)
    np.testing.assert_array_equal(parts.train_epoch(rows(3, 4), 6)[0], whole.train_epoch(rows(3, 4), 6)[0])


def test_measuring_begins_with_zeros_and_leaves_the_state_of_training() -> None:
    compiled = begun("carry")
    compiled.train_epoch(rows(0, 1, 2), 6)
    held = states(compiled)
    first, again = (compiled.predict(np.arange(2, dtype=np.int32)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    for one, other in zip(states(compiled), held, strict=True):
        np.testing.assert_array_equal(one, other)
    compiled.forget()
    np.testing.assert_array_equal(compiled.predict(np.arange(2, dtype=np.int32)), first)


def test_a_resumed_run_goes_on_with_the_carried_state_to_the_bit() -> None:
    whole, resumed = begun("carry"), begun("carry")
    whole.train_epoch(rows(0, 1, 2), 6)
    kept = whole.state()
    resumed.restore(kept)
    np.testing.assert_array_equal(whole.train_epoch(rows(3, 4), 6)[0], resumed.train_epoch(rows(3, 4), 6)[0])
    for one, other in zip(whole.state(), resumed.state(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("batch", [1, 40])  # a thin one, whose loop is one kernel, and another
def test_one_compilation_serves_every_number_of_batches(batch: int) -> None:
    import tensorflow as tf

    from pipeline.networks.build import build
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    chosen = experiment("lstm", batch=batch)
    sequences = vectors(30, 2, ROWS)
    model = build(chosen, data(sequences), 2, None, 0)
    compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer)))
    compiled.begin(model, (sequences, np.full(ROWS, 30, np.int32), np.zeros(ROWS, np.int32)))

    def program(batches: int) -> str:
        given = compiled.store, tf.zeros((4, batch), tf.int32), tf.constant(batches)
        return str(compiled._epoch.experimental_get_compiler_ir(*given)(stage="hlo"))

    assert program(0) == program(1) == program(4)
