"""A model that is called outside of training: the same on both engines, its states carried from call to call."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

STEPS = np.random.default_rng(0).normal(size=(1, 3, 2)).astype(np.float32)


def called(stateful: bool) -> list[np.ndarray]:
    """Call a network with fixed weights twice."""
    import keras

    from pipeline.networks.calls import caller
    from pipeline.networks.layers import SimpleRNN

    layer = SimpleRNN(2, stateful=stateful, kernel_initializer="ones", recurrent_initializer="ones")
    inputs = keras.Input((3, 2), batch_size=1)
    call = caller(keras.Model([inputs], layer(inputs)))
    return [call(STEPS), call(STEPS)]


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("stateful", [False, True])
def test_both_engines_give_the_same_and_carry_the_state(stateful: bool, jax_process: ProcessPoolExecutor) -> None:
    ours, theirs = called(stateful), jax_process.submit(called, stateful).result()
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert np.array_equal(*theirs) is not stateful
