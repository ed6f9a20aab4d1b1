"""Clips augmented in training alone: how far each change goes, and that it changes nothing else."""

from typing import Any

import numpy as np
import pytest

from pipeline.spec.augmentation import Augmentation
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40
EVERYTHING = Augmentation(gain=6.0, equalizer=8.0, band_shift=2, roll=True)


def augmented(seed: int = 1, update: int = 0, **options: Any) -> np.ndarray:
    from pipeline.training.augmentation import augment
    from pipeline.training.draws import Draws

    found: np.ndarray = augment(CLIPS, Augmentation(**options), Draws(seed, update)).numpy()
    return found


def test_each_seed_and_each_update_draws_anew_and_the_same_ones_alike() -> None:
    options = EVERYTHING.model_dump()
    first = augmented(1, 2, **options)
    assert first.shape == CLIPS.shape and not np.allclose(first, CLIPS)
    np.testing.assert_array_equal(augmented(1, 2, **options), first)
    assert not np.allclose(augmented(1, 3, **options), first) and not np.allclose(augmented(2, 2, **options), first)


def test_what_asks_for_nothing_changes_nothing() -> None:
    np.testing.assert_array_equal(augmented(), CLIPS)


def test_a_network_is_trained_on_augmented_clips_and_measured_on_them_as_they_are() -> None:
    from pipeline.networks.build import build
    from pipeline.training.augmentation import augment
    from pipeline.training.compiled import Compiled
    from pipeline.training.draws import Draws
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    chosen = experiment("gru", batch=6, frontend={"mfcc": {"steps": 4, "coefficients": 8}}, augmentation=EVERYTHING)
    model, rows = build(chosen, data(CLIPS), 16, None, 0), np.arange(6, dtype=np.int32)
    compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer), augmentation=EVERYTHING))
    compiled.begin(model, (CLIPS, np.full(6, 12, np.int32), np.zeros(6, np.int32)), 3)
    np.testing.assert_allclose(compiled.predict(rows), model([CLIPS]), rtol=1e-4, atol=1e-5)
    heard = model([augment(CLIPS, EVERYTHING, Draws(3, 0))], training=True).numpy()
    (loss,), _ = compiled.train_epoch(rows[None], 1)
    assert loss == pytest.approx((np.log(np.exp(heard).sum(axis=1)) - heard[:, 0]).mean(), rel=1e-3)


def test_gain_moves_a_clip_as_a_whole_and_no_further_than_it_says() -> None:
    moved = augmented(gain=6.0) - CLIPS
    assert np.ptp(moved, axis=(1, 2)).max() < 1e-4
    assert 0 < np.abs(moved).max() <= 6 and len(np.unique(moved[:, 0, 0].round(3))) == len(CLIPS)


def test_an_equalizer_is_straight_between_its_knots_and_the_same_at_every_step() -> None:
    colour = augmented(equalizer=8.0) - CLIPS
    np.testing.assert_allclose(colour, np.broadcast_to(colour[:, :1], colour.shape), atol=1e-4)
    from pipeline.training.augmentation import KNOTS

    knots = np.linspace(0, 15, KNOTS)
    line = [np.interp(np.arange(16), knots, np.interp(knots, np.arange(16), row)) for row in colour[:, 0]]
    np.testing.assert_allclose(colour[:, 0], line, atol=1e-4)
    assert np.abs(colour).max() <= 8 and np.ptp(colour[:, 0], axis=1).min() > 0


def test_a_clip_that_rolls_begins_elsewhere_and_loses_nothing() -> None:
    for before, after in zip(CLIPS, augmented(roll=True), strict=True):
        assert any(np.array_equal(np.roll(before, -by, axis=0), after) for by in range(len(before)))


def test_bands_move_together_by_no_more_than_they_may() -> None:
    for before, after in zip(CLIPS, augmented(band_shift=2), strict=True):
        ways = [before[:, np.clip(np.arange(16) + by, 0, 15)] for by in range(-2, 3)]
        assert any(np.array_equal(way, after) for way in ways)
