"""Initial weights: how wide they are, and that each seed draws its own."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pipeline.networks.initializers import kernel_initializer, recurrent_initializers
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")


def reach(initializer: Any, shape: tuple[int, ...]) -> float:
    return float(np.abs(np.array(initializer(shape))).max())


@pytest.mark.parametrize("shape", [(100, 40), (3, 3, 16, 40)])
def test_kernels_by_their_fan_in_reach_to_one_by_the_root_of_what_they_hear(shape: tuple[int, ...]) -> None:
    edge = float(np.prod(shape[:-1])) ** -0.5
    assert 0.98 * edge < reach(kernel_initializer(True, 1), shape) <= edge < reach(kernel_initializer(False, 1), shape)


def test_recurrent_kernels_by_their_fan_in_reach_to_one_by_the_root_of_the_units() -> None:
    for initializer in recurrent_initializers(True, 25, 1, 2):
        assert 0.19 < reach(initializer, (25, 75)) <= 0.2
    _, square = recurrent_initializers(False, 25, 1, 2)
    np.testing.assert_allclose(np.array(square((25, 25))) @ np.array(square((25, 25))).T, np.eye(25), atol=1e-5)


def test_every_kernel_of_such_a_network_is_drawn_anew() -> None:
    from pipeline.networks.build import build

    clips = vectors(12, 16)
    asked = experiment(
        "gru", frontend={"mfcc": {"steps": 4, "coefficients": 8}}, fan_in_init=True, bidirectional=True, units=40
    )
    weights = build(asked, data(clips), 16, None, 0).trainable_weights
    kernels = [weight.numpy() for weight in weights if "kernel" in weight.path]
    recurrent = [kernel for kernel in kernels if kernel.shape == (40, 120)]
    assert len(recurrent) == 2 and all(np.abs(kernel).max() <= 40**-0.5 for kernel in recurrent)
    firsts = sorted(float(kernel.ravel()[0]) for kernel in kernels)
    assert all(one != other for one, other in pairwise(firsts))
