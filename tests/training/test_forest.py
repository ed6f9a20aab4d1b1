"""The random forest: statistics of MFCCs, fitted on the training part alone."""

from dataclasses import replace

import numpy as np
import scipy.fft

from pipeline.spec.data import Data
from pipeline.spec.frontend import MFCC
from pipeline.training.forest import fit_forest, statistics_of
from tests.made_networks import data

RANDOM = np.random.default_rng(0)
TARGETS = np.arange(60, dtype=np.int32) % 3
CLIPS = (RANDOM.normal(0, 1, (60, 20, 8)) + 2 * np.eye(3, 8)[TARGETS][:, None]).astype(np.float32)


def made() -> Data:
    rows = np.arange(60, dtype=np.int32)
    return replace(
        data(CLIPS), targets=TARGETS, train=lambda epoch: rows[:40].reshape(4, 10), test=rows[40:], shown=rows[:2]
    )


def test_a_clip_is_mean_deviation_change_and_maximum_of_its_mfccs() -> None:
    mfcc = scipy.fft.dct(CLIPS[3], axis=1, norm="ortho")[:, :5]
    change = np.abs(mfcc[1:] - mfcc[:-1]).mean(axis=0)
    expected = np.concatenate([mfcc.mean(0), mfcc.std(0), change, mfcc.max(0)])
    np.testing.assert_allclose(statistics_of(CLIPS, 5)[3], expected, rtol=1e-4, atol=1e-5)


def test_it_learns_from_the_training_part_and_one_seed_gives_one_forest() -> None:
    first, again, other = (fit_forest(MFCC(coefficients=4), made(), seed) for seed in (0, 0, 1))
    assert first.metrics["test_accuracy"] > 0.8 and first.epoch == 0
    np.testing.assert_array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)
    assert first.test.shape == (20, 3) and np.isfinite(first.test).all() and first.metrics["train_cpu_seconds"] > 0


def test_a_class_that_it_has_not_seen_has_almost_no_chance() -> None:
    found = fit_forest(MFCC(coefficients=4), replace(made(), targets=np.minimum(TARGETS, 1)), 0)
    assert found.test[:, 2].max() < -20
