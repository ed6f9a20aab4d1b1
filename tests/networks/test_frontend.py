"""The 1-D convolution and the max pooling against Keras' own: values and gradients."""

from typing import Any

import numpy as np
import pytest

from pipeline.networks.build import build
from tests.made_networks import data, experiment, ids, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")


def gradients(layer: Any, sequences: np.ndarray) -> list[np.ndarray]:
    """Return the outputs, and the gradients of the sequences and the weights for a random loss."""
    import tensorflow as tf

    inputs = tf.constant(sequences)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        loss = tf.reduce_sum(outputs * np.random.default_rng(1).normal(0, 1, outputs.shape))
    return [outputs.numpy(), *tape.gradient(loss, [inputs, *(v.value for v in layer.trainable_variables)])]


def same(ours: Any, theirs: Any, sequences: np.ndarray) -> None:
    random = np.random.default_rng(2)
    for layer in (ours, theirs):
        layer.build(sequences.shape)
    weights = [random.normal(0, 1, weight.shape) for weight in theirs.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    for found, expected in zip(gradients(ours, sequences), gradients(theirs, sequences), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("options", [{}, {"activation": "relu"}, {"use_bias": False, "activation": "tanh"}])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_the_convolution_is_that_of_keras(kernel: int, options: dict[str, Any]) -> None:
    import keras

    from pipeline.networks import frontend

    pair = [module.Conv1D(6, kernel, dtype="float64", **options) for module in (frontend, keras.layers)]
    same(pair[0], pair[1], vectors(11, 4).astype(np.float64))


@pytest.mark.parametrize("options", [{"padding": "same"}, {"strides": 2}, {"dilation_rate": 2}])
def test_what_is_not_one_product_is_left_to_keras(options: dict[str, Any]) -> None:
    import keras

    from pipeline.networks import frontend

    pair = [module.Conv1D(6, 3, dtype="float64", **options) for module in (frontend, keras.layers)]
    same(pair[0], pair[1], vectors(11, 4).astype(np.float64))


@pytest.mark.parametrize("steps", [1, 2, 4, 11])
def test_the_pooling_is_that_of_keras(steps: int) -> None:
    import keras

    from pipeline.networks.frontend import MaxPooling1D

    pair = MaxPooling1D(steps, dtype="float64"), keras.layers.MaxPooling1D(steps, dtype="float64")
    same(*pair, vectors(11, 4).astype(np.float64))


def test_of_equal_values_the_first_has_the_gradient() -> None:
    import keras

    from pipeline.networks.frontend import MaxPooling1D

    equal = np.ones((2, 9, 3))
    same(MaxPooling1D(4, dtype="float64"), keras.layers.MaxPooling1D(4, dtype="float64"), equal)
    np.testing.assert_array_equal(np.count_nonzero(gradients(MaxPooling1D(4, dtype="float64"), equal)[1], axis=1), 2)


def test_compiled_they_are_what_they_are() -> None:
    import tensorflow as tf

    from pipeline.networks.frontend import Conv1D, MaxPooling1D

    convolution, pooling = Conv1D(6, 3, activation="relu"), MaxPooling1D(4)
    sequences = tf.constant(vectors(14, 4))

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(sequences)
            outputs = pooling(convolution(sequences))
        return outputs, tape.gradient(outputs, [sequences, *(v.value for v in convolution.trainable_variables)])

    eager, compiled = run(), tf.function(run, jit_compile=True)()
    for expected, found in zip([eager[0], *eager[1]], [compiled[0], *compiled[1]], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_ids_become_one_hot_or_vectors() -> None:
    from pipeline.networks.frontend import frontend_layers

    symbols = ids(6, 9)
    (one_hot,) = frontend_layers(experiment("lstm"), data(ids(5, 9)), 9, 0)
    np.testing.assert_array_equal(one_hot(symbols), np.eye(9)[symbols])
    (embedding,) = frontend_layers(experiment("lstm", frontend={"embedding_dim": 4}), data(ids(5, 9)), 9, 0)
    vectors_of = np.array(embedding(np.arange(9)))
    np.testing.assert_array_equal(embedding(symbols), vectors_of[symbols])
    assert np.abs(vectors_of).max() <= 0.05
    assert embedding.compute_mask(symbols) is None  # 0 is a word like the others


@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_lies_behind_the_end_of_a_row_changes_nothing(bidirectional: bool) -> None:
    options = {"frontend": {"filters": 4, "kernel_size": 3, "pool_size": 2}, "bidirectional": bidirectional}
    sequences, lengths = vectors(13, 3), np.array([13, 8, 7, 3, 1], np.int32)
    model = build(experiment("gru", **options), data(sequences, masked=True), 3, None, 0)
    seen = model([sequences, lengths]).numpy()
    blocks = np.maximum(1, (lengths - 2) // 2)
    behind = np.arange(13)[None, :] >= 2 * blocks[:, None] + 2  # what no whole block has seen
    changed = np.where(behind[:, :, None], 9.0, sequences).astype(np.float32)
    np.testing.assert_allclose(model([changed, lengths]).numpy(), seen, rtol=1e-5)
    assert not np.allclose(model([np.roll(sequences, 1, axis=1), lengths]).numpy(), seen)


def test_the_lengths_behind_a_convolution_are_those_of_whole_blocks() -> None:
    from pipeline.networks.frontend import ConvolvedLengths

    assert ConvolvedLengths(3, 2)(np.array([13, 8, 7, 4, 3, 1])).numpy().tolist() == [5, 3, 2, 1, 1, 1]
