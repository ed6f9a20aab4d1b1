"""Every recurrent variant learns real digits, and learns nothing where the labels are permuted: no way around them."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_digits

from pipeline.networks.build import build
from pipeline.spec.cells import CELLS
from pipeline.training.metrics import accuracy
from tests.made_networks import data, experiment

TRAIN, CLASSES, UPDATES = 1200, 10, 25


def learned(variant: str, targets: np.ndarray) -> float:
    """Return the accuracy on rows behind TRAIN of a network that has seen those before; `targets` are of all."""
    import keras
    import tensorflow as tf

    images = (load_digits().images / 16).astype(np.float32)
    model = build(experiment(variant, units=24, batch=TRAIN), data(images, CLASSES), images.shape[2], None, 0)
    optimizer = keras.optimizers.Adam(0.02)

    @tf.function
    def update() -> None:
        with tf.GradientTape() as tape:
            logits = model([images[:TRAIN]], training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets[:TRAIN], logits))
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    optimizer.build(model.trainable_variables)
    for _ in range(UPDATES):
        update()
    found: Any = model([images[TRAIN:]], training=False)
    return accuracy(found.numpy(), targets[TRAIN:])


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("variant", CELLS)
def test_permuted_labels_bring_a_variant_to_chance(variant: str) -> None:
    labels = load_digits().target
    permuted = np.random.default_rng(0).permutation(labels)
    chance = stats.binom(len(labels) - TRAIN, 1 / CLASSES)
    tested = len(labels) - TRAIN
    assert learned(variant, labels) > 0.5
    assert chance.ppf(1e-4) / tested <= learned(variant, permuted) <= chance.ppf(1 - 1e-4) / tested
