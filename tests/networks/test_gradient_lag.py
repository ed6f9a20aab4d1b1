"""How far back a network hears, held against gradients that one can write down."""

import numpy as np
import pytest

from pipeline.networks.gradient_lag import gradient_by_lag, oldest_to_newest


@pytest.mark.usefixtures("tensorflow")
def test_a_linear_recurrence_halves_its_gradient_every_step() -> None:
    import keras

    layer = keras.layers.SimpleRNN(1, activation=None)
    model = keras.Sequential([keras.Input((6, 1)), layer])
    layer.set_weights([np.array([[3.0]]), np.array([[0.5]]), np.zeros(1)])
    wrapped = keras.Model([model.inputs[0]], model.outputs[0])
    norms = gradient_by_lag(wrapped, np.random.default_rng(0).normal(size=(4, 6, 1)).astype(np.float32))
    np.testing.assert_allclose(norms, 3 * 0.5 ** np.arange(6), rtol=1e-5)


def test_the_reach_is_the_oldest_quarter_by_the_newest() -> None:
    assert oldest_to_newest(np.array([4.0, 2.0, 9.0, 9.0, 9.0, 9.0, 1.0, 2.0])) == 0.5
    assert oldest_to_newest(np.zeros(8)) == 0.0
