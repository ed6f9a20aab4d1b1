"""Dropout against that of Keras: the same is dropped, out of XLA and in it (which is not the same in both)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")

ONES = np.ones((20, 30, 40), np.float32)


def pair(rate: float = 0.2, **options: Any) -> tuple[Any, Any]:
    """Return our layer and that of Keras, of the same seed."""
    import keras

    from pipeline.networks.dropout import Dropout

    return Dropout(rate, seed=5, **options), keras.layers.Dropout(rate, seed=5, **options)


@pytest.mark.parametrize("options", [{}, {"rate": 0.7}, {"rate": 0.0}, {"noise_shape": (20, 1, 40)}])
def test_it_drops_what_keras_drops_and_others_in_every_call(options: dict[str, Any]) -> None:
    ours, theirs = pair(**options)
    found = [ours(ONES, training=True).numpy() for _ in range(2)]
    np.testing.assert_array_equal(found, [theirs(ONES, training=True).numpy() for _ in range(2)])
    rate = options.get("rate", 0.2)
    assert (found[0] == 0).mean() == pytest.approx(rate, abs=0.05)
    assert np.array_equal(found[0], found[1]) == (rate == 0)


def test_nothing_is_dropped_but_in_training() -> None:
    ours, _ = pair()
    np.testing.assert_array_equal(ours(ONES), ONES)
    np.testing.assert_array_equal(ours(ONES, training=False), ONES)


def test_compiled_it_drops_what_keras_drops_and_goes_on_from_its_variable() -> None:
    import tensorflow as tf

    ours, theirs = pair()

    def run(layer: Any) -> Any:
        inputs = tf.constant(ONES)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
        return outputs, tape.gradient(outputs, inputs)

    our_run, their_run = (tf.function(lambda x=x: run(x), jit_compile=True) for x in (ours, theirs))
    for _ in range(2):
        outputs, gradient = our_run()
        np.testing.assert_array_equal(outputs, their_run()[0])
        np.testing.assert_array_equal(gradient, outputs)
    np.testing.assert_array_equal(ours.variables[0], theirs.variables[0])


def test_it_is_saved_and_comes_back(tmp_path: Path) -> None:
    import keras

    ours, _ = pair(0.4)
    inputs = keras.Input((30, 40))
    keras.Model(inputs, ours(inputs)).save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert again.layers[1].rate == 0.4
    assert type(again.layers[1]) is type(ours)
