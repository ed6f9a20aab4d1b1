"""What stands before a network of log-mel clips: variation in training alone, blocks by their statistics, one scale."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.fft

from pipeline.experiments import Varied
from pipeline.networks.hearing import KNOTS, Segments, Vary, segment_front
from tests.made_networks import data, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40


def varied(**options: Any) -> np.ndarray:
    found: np.ndarray = Vary(**options, seed=1)(CLIPS, training=True).numpy()
    return found


def test_clips_are_varied_in_training_alone_and_anew_each_time() -> None:
    layer = Vary(gain=6.0, equaliser=8.0, shift=2, bands=3, steps=4, roll=True, seed=1)
    np.testing.assert_array_equal(layer(CLIPS), CLIPS)
    first, second = layer(CLIPS, training=True).numpy(), layer(CLIPS, training=True).numpy()
    assert first.shape == CLIPS.shape and not np.allclose(first, CLIPS) and not np.allclose(first, second)
    same = Vary(gain=6.0, equaliser=8.0, shift=2, bands=3, steps=4, roll=True, seed=1)
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


def test_a_block_is_what_its_cepstra_come_to() -> None:
    found = Segments(5, 4)(CLIPS).numpy()
    cepstra = scipy.fft.dct(CLIPS, axis=2, norm="ortho")[:, :, :4]
    block = cepstra[:, :5]
    change = np.abs(np.diff(cepstra[:, :6], axis=1))
    expected = [block.mean(1), np.sqrt(block.var(1) + 1e-3), change.mean(1), block.max(1)]
    assert found.shape == (6, 2, 16)
    np.testing.assert_allclose(found[:, 0], np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-3)


def test_the_scale_is_that_of_the_rows_that_train() -> None:
    clips = np.concatenate([CLIPS, CLIPS + 100])
    mine = replace(data(clips), train=lambda epoch: np.array([[0, 1, 2], [3, 4, -1]], np.int32))
    *layers, last = segment_front(mine, Varied(gain=3.0), 4, 8, 0)
    steps = clips[:5]
    for layer in layers:
        steps = layer(steps)
    out = last(steps).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-3)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-2)
    assert len(last.trainable_weights) == 0
