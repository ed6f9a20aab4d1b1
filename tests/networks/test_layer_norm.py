"""Layer normalisation of the gates against Keras' own layer."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")

GATES, UNITS = 3, 4


def test_a_product_with_a_centred_kernel_is_normalised_as_keras_does_it() -> None:
    import keras
    import tensorflow as tf

    from pipeline.networks.layer_norm import centred, normal, normal_back

    random = np.random.default_rng(0)
    rows, kernel = random.normal(0, 1, (5, 2)), random.normal(2, 1, (2, GATES * UNITS))
    upstream = random.normal(0, 1, (5, GATES * UNITS))
    layer = keras.layers.LayerNormalization(center=False, scale=False, dtype="float64")
    product = tf.constant(rows @ kernel)
    with tf.GradientTape() as tape:
        tape.watch(product)
        expected = tf.reshape(layer(tf.reshape(product, (5, GATES, UNITS))), (5, GATES * UNITS))
    slope = tape.gradient(expected, product, output_gradients=tf.constant(upstream))
    plain = rows @ centred(tf.constant(kernel), UNITS).numpy()
    found, scale = normal(tf.constant(plain), UNITS)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    back = normal_back(tf.constant(upstream), found, scale, UNITS).numpy()
    less_mean = back - back.reshape(5, GATES, UNITS).mean(axis=2, keepdims=True).repeat(UNITS, axis=2).reshape(5, -1)
    np.testing.assert_allclose(less_mean, slope, atol=1e-12)  # the mean goes with the centred kernel
