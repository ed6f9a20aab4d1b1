"""Clips varied in training alone: how far each change goes, and that it changes nothing else."""

from typing import Any

import numpy as np
import pytest

from pipeline.networks.varying import KNOTS, Vary
from tests.made_networks import vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40


def varied(**options: Any) -> np.ndarray:
    found: np.ndarray = Vary(**options, seed=1)(CLIPS, training=True).numpy()
    return found


def test_clips_are_varied_in_training_alone_and_anew_each_time() -> None:
    layer = Vary(gain=6.0, equaliser=8.0, shift=2, bands=3, steps=4, roll=True, stretch=0.3, seed=1)
    np.testing.assert_array_equal(layer(CLIPS), CLIPS)
    first, second = layer(CLIPS, training=True).numpy(), layer(CLIPS, training=True).numpy()
    assert first.shape == CLIPS.shape and not np.allclose(first, CLIPS) and not np.allclose(first, second)
    same = Vary(gain=6.0, equaliser=8.0, shift=2, bands=3, steps=4, roll=True, stretch=0.3, seed=1)
    np.testing.assert_array_equal(same(CLIPS, training=True), first)


def test_gain_moves_a_clip_as_a_whole_and_no_further_than_it_says() -> None:
    moved = varied(gain=6.0) - CLIPS
    assert np.ptp(moved, axis=(1, 2)).max() < 1e-4
    assert 0 < np.abs(moved).max() <= 6 and len(np.unique(moved[:, 0, 0].round(3))) == len(CLIPS)


def test_an_equaliser_is_straight_between_its_knots_and_the_same_at_every_step() -> None:
    colour = varied(equaliser=8.0) - CLIPS
    np.testing.assert_allclose(colour, np.broadcast_to(colour[:, :1], colour.shape), atol=1e-4)
    knots = np.linspace(0, 15, KNOTS)
    line = [np.interp(np.arange(16), knots, np.interp(knots, np.arange(16), row)) for row in colour[:, 0]]
    np.testing.assert_allclose(colour[:, 0], line, atol=1e-4)
    assert np.abs(colour).max() <= 8 and np.ptp(colour[:, 0], axis=1).min() > 0


def test_a_clip_that_rolls_begins_elsewhere_and_loses_nothing() -> None:
    for before, after in zip(CLIPS, varied(roll=True), strict=True):
        assert any(np.array_equal(np.roll(before, -by, axis=0), after) for by in range(len(before)))


def test_a_clip_that_is_stretched_skips_or_repeats_steps_and_begins_again_behind_its_end() -> None:
    paces = set()
    for before, after in zip(CLIPS, varied(stretch=0.5), strict=True):
        places = [int(np.flatnonzero((before == step).all(axis=1))[0]) for step in after]
        assert places[0] == 0
        paces.add(np.unwrap(places, period=len(before))[-1] / (len(before) - 1))
    assert 1 / 1.5 - 0.1 <= min(paces) < 1 < max(paces) <= 1.5


def test_bands_move_together_by_no_more_than_they_may() -> None:
    for before, after in zip(CLIPS, varied(shift=2), strict=True):
        ways = [before[:, np.clip(np.arange(16) + by, 0, 15)] for by in range(-2, 3)]
        assert any(np.array_equal(way, after) for way in ways)


@pytest.mark.parametrize(("name", "axis"), [("bands", 2), ("steps", 1)])
def test_what_is_hidden_is_one_stretch_at_the_mean_of_the_clip(name: str, axis: int) -> None:
    widths = set()
    for _ in range(3):
        found = varied(**{name: 5})
        for before, after in zip(CLIPS, found, strict=True):
            changed = np.flatnonzero((before != after).any(axis=2 - axis))
            widths.add(len(changed))
            assert len(changed) == 0 or np.ptp(changed) == len(changed) - 1
            hidden = after.take(changed, axis=axis - 1)
            np.testing.assert_allclose(hidden, before.mean(), rtol=1e-4)
    assert max(widths) <= 5 and len(widths) > 1
