"""The networks that learn nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from pipeline.networks.build import build, constant_model, last_value_model
from pipeline.spec.data import ABSENT, Data
from pipeline.spec.experiment import Experiment
from tests.made_networks import data, ids, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")

SEQUENCES = vectors(7, 3)


class Numbers(Experiment):
    """An experiment whose targets are numbers."""

    regression: ClassVar[bool] = True


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


def test_a_constant_takes_padded_sequences_with_their_lengths() -> None:
    model = constant_model([0.25, -3.0], data(SEQUENCES, masked=True))
    np.testing.assert_array_equal(model([SEQUENCES, np.full(5, 2, np.int32)]).numpy(), np.tile([0.25, -3.0], (5, 1)))


def of_targets(targets: list[Any], outputs: int = 3, masked: bool = True) -> Data:
    """Return the data of five rows, of which the last is not trained on and a sixth is not there."""
    rows = np.array([[0, 1], [2, 3], [ABSENT, ABSENT]], np.int32)
    return replace(
        data(SEQUENCES, outputs, masked),
        targets=np.array(targets),
        train=lambda epoch: rows,
        labels=[f"class {n}" for n in range(max(outputs, 2))] if isinstance(targets[0], int) else [],
    )


def said(targets: list[Any], loss: str = "cross_entropy", outputs: int = 3, masked: bool = True) -> np.ndarray:
    """Return what `build` makes of the variant for one row."""
    kind = Experiment if isinstance(targets[0], int) else Numbers
    recipe = {"name": "made", "family": "made", "document": "002", "variant": "constant", "units": 0, "epochs": 0}
    model = build(kind.model_validate({**recipe, "loss": loss}), of_targets(targets, outputs, masked), 3, None, 0)
    row: np.ndarray = model([SEQUENCES, np.full(5, 2, np.int32)][: 1 + masked]).numpy()[0]
    return row


@pytest.mark.parametrize("masked", [False, True])
def test_the_best_guess_of_classes_is_their_shares(masked: bool) -> None:
    np.testing.assert_allclose(np.exp(said([2, 1, 2, 0, 1], masked=masked)), [0.25, 0.25, 0.5], rtol=1e-6)


def test_the_best_guess_of_yes_and_no_is_the_log_odds() -> None:
    np.testing.assert_allclose(said([1, 1, 0, 1, 0], outputs=1), [np.log(3)], rtol=1e-6)


def test_a_class_that_is_not_trained_on_is_unlikely_and_not_impossible() -> None:
    found = np.exp(said([2, 2, 2, 0, 1]))
    np.testing.assert_allclose(found, np.array([1, 0.5, 3]) / 4.5, rtol=1e-6)


def test_the_best_guess_of_numbers_is_their_mean_or_median() -> None:
    targets = [0.0, 0.0, 1.0, 7.0, 99.0]
    assert said(targets, "mse", 1)[0] == 2.0
    assert said(targets, "mae", 1)[0] == 0.5


def test_a_last_value_of_padded_sequences_is_refused() -> None:
    with pytest.raises(ValueError, match="whole sequences"):
        last_value_model(0, data(SEQUENCES, masked=True))
