"""Convolutions over time and bands: the blocks they leave, and that a step hears its neighbours and no more."""

import numpy as np
import pytest

from pipeline.networks.conv2d import Conv2D, MaxPooling2D, conv2d_layers
from pipeline.spec import frontend
from pipeline.spec.frontend import FrontEnd
from tests.made_networks import vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
TWO = FrontEnd.model_validate(
    {"conv2d": [{"filters": 2, "pool_bands": 2}, {"filters": 3, "pool_steps": 2, "pool_bands": 2}]}
)
ONE = FrontEnd(conv2d=[frontend.Conv2D(filters=8)])


def heard(clips: np.ndarray, front: FrontEnd, seed: int = 0) -> np.ndarray:
    steps = clips
    for layer in conv2d_layers(front, *clips.shape[1:], False, seed):
        steps = layer(steps)
    return np.array(steps)


def test_blocks_of_steps_and_bands_become_one() -> None:
    found = heard(vectors(7, 9), TWO)
    assert found.shape == (5, *TWO.extent(7, 9)) == (5, 3, 6)


def test_a_step_hears_those_beside_it_and_no_others() -> None:
    clips = vectors(9, 4, rows=1)
    other = clips.copy()
    other[0, 4] += 5.0
    changed = (heard(clips, ONE) != heard(other, ONE)).any(axis=2)[0]
    assert changed.tolist() == [False] * 3 + [True] * 3 + [False] * 3


@pytest.mark.parametrize("shape", [(7, 9), (4, 4), (1, 3)])
def test_convolution_and_pooling_are_those_of_keras(shape: tuple[int, int]) -> None:
    import keras

    steps = keras.ops.convert_to_tensor(vectors(*shape)[..., None])
    ours, theirs = (
        Conv2D(5, 3, padding="same", use_bias=False),
        keras.layers.Conv2D(5, 3, padding="same", use_bias=False),
    )
    for layer in (ours, theirs):
        layer.build(steps.shape)
    theirs.set_weights(ours.get_weights())
    heard = ours(steps)
    np.testing.assert_allclose(heard, theirs(steps), atol=1e-5)
    blocks = min(2, shape[0]), 3
    np.testing.assert_array_equal(MaxPooling2D(*blocks)(heard), keras.layers.MaxPooling2D(blocks)(heard))


def test_the_seed_draws_the_filters_of_each_place_anew() -> None:
    clips = vectors(4, 4)
    np.testing.assert_array_equal(heard(clips, TWO), heard(clips, TWO))
    assert not np.allclose(heard(clips, TWO), heard(clips, TWO, seed=1))
    same = FrontEnd(conv2d=[frontend.Conv2D(filters=1), frontend.Conv2D(filters=1)])
    layers = {layer.name: layer for layer in conv2d_layers(same, 4, 4, False, 0)}
    for name in ("conv2d_1", "conv2d_2"):
        layers[name].build((None, 4, 4, 1))
    assert not np.allclose(layers["conv2d_1"].kernel, layers["conv2d_2"].kernel)
