"""The losses of rows, and labels that are smoothed."""

import numpy as np
import pytest
from scipy.special import log_softmax, logit

from pipeline.training import losses

pytestmark = pytest.mark.usefixtures("tensorflow")
LOGITS = np.random.default_rng(0).normal(0, 2, (4, 3)).astype(np.float32)
TARGETS = np.array([0, 2, 1, 1], np.int32)


def test_a_smoothed_label_gives_a_share_to_every_class() -> None:
    labels = 0.9 * np.eye(3)[TARGETS] + 0.1 / 3
    expected = -(labels * log_softmax(LOGITS, axis=1)).sum(axis=1)
    np.testing.assert_allclose(losses.smoothed(0.1)(LOGITS, TARGETS).numpy(), expected, rtol=1e-5)


def test_a_yes_that_is_smoothed_is_least_at_its_share() -> None:
    chances = np.array([0.5, 0.9, 0.95, 0.99])
    found = losses.smoothed(0.1)(logit(chances)[:, None].astype(np.float32), np.ones(4, np.int32)).numpy()
    assert found.argmin() == 2
    np.testing.assert_allclose(found, -(0.95 * np.log(chances) + 0.05 * np.log(1 - chances)), rtol=1e-4)


def test_without_smoothing_it_is_the_cross_entropy() -> None:
    np.testing.assert_allclose(losses.smoothed(0.0)(LOGITS, TARGETS), losses.cross_entropy(LOGITS, TARGETS), rtol=1e-6)
