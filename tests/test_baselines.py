"""The networks that learn nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.networks import constant_model, last_value_model
from tests.made_networks import data, ids, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")

SEQUENCES = vectors(7, 3)


def test_a_constant_is_the_same_for_every_row() -> None:
    model = constant_model([0.25, -3.0], data(SEQUENCES))
    np.testing.assert_array_equal(model([SEQUENCES]).numpy(), np.tile([0.25, -3.0], (5, 1)))
    assert model.trainable_variables == []


def test_a_constant_stands_in_a_variable_so_that_what_is_compiled_serves_every_seed() -> None:
    model, other = constant_model([0.25], data(SEQUENCES)), constant_model([0.5], data(SEQUENCES))
    for variable, value in zip(model.variables, other.variables, strict=True):
        variable.assign(value)
    assert model([SEQUENCES]).numpy()[0, 0] == 0.5


def test_a_constant_takes_ids_too() -> None:
    symbols = ids(7, 9)
    np.testing.assert_array_equal(constant_model([1.5], data(symbols))([symbols]).numpy(), np.full((5, 1), 1.5))


def test_the_last_value_is_that_of_one_feature() -> None:
    model = last_value_model(1, data(SEQUENCES))
    np.testing.assert_array_equal(model([SEQUENCES]).numpy(), SEQUENCES[:, -1, 1:2])
    assert model.trainable_variables == []


@pytest.mark.parametrize("baseline", [lambda d: constant_model([0.25], d), lambda d: last_value_model(2, d)])
def test_a_baseline_compiles_is_saved_and_comes_back(baseline: Any, tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    model = baseline(data(SEQUENCES))
    expected = model([SEQUENCES]).numpy()
    assert expected.shape == (5, 1)
    np.testing.assert_array_equal(tf.function(model, jit_compile=True)([tf.constant(SEQUENCES)]), expected)
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again([SEQUENCES]).numpy(), expected)


def test_padded_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match="whole sequences"):
        last_value_model(0, data(SEQUENCES, masked=True))
