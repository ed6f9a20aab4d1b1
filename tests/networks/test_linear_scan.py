"""The linear recurrence over all timesteps at once, against the loop that it stands for."""

import numpy as np
import pytest

from tests import equations
from tests.equations import Array

pytestmark = pytest.mark.usefixtures("tensorflow")


def loop(a: Array, b: Array, h: Array) -> Array:
    """Return h after every step, one step after the other."""
    steps = []
    for factor, term in zip(a, b, strict=True):
        h = factor * h + term
        steps.append(h)
    return np.stack(steps)


def drawn(timesteps: int) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(timesteps)
    return random.uniform(0, 1, (timesteps, 2, 3)), random.normal(0, 1, (timesteps, 2, 3)), random.normal(0, 1, (2, 3))


@pytest.mark.parametrize("timesteps", [1, 2, 3, 8, 13, 100])
def test_it_equals_the_loop(timesteps: int) -> None:
    from pipeline.networks.linear_scan import linear_scan

    given = drawn(timesteps)
    np.testing.assert_allclose(linear_scan(*given), loop(*given), atol=1e-12)


def test_its_gradients_are_those_of_the_loop() -> None:
    import tensorflow as tf

    from pipeline.networks.linear_scan import linear_scan

    given = drawn(5)
    shares = np.random.default_rng(0).normal(0, 1, given[1].shape)
    slopes = [equations.slopes(lambda: float((loop(*given) * shares).sum()), array) for array in given]
    inputs = [tf.constant(array) for array in given]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        loss = tf.reduce_sum(linear_scan(*inputs) * shares)
    for gradient, slope in zip(tape.gradient(loss, inputs), slopes, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=1e-8)


def test_its_rounds_grow_with_the_logarithm_of_the_steps() -> None:
    import tensorflow as tf

    from pipeline.networks.linear_scan import linear_scan

    def products(timesteps: int) -> int:
        graph = tf.function(linear_scan).get_concrete_function(*drawn(timesteps)).graph
        nodes = [node for function in graph.as_graph_def().library.function for node in function.node_def]
        return sum(node.op == "Mul" for node in [*graph.as_graph_def().node, *nodes])

    assert products(128) - products(64) == products(64) - products(32) == products(256) - products(128)
