"""Clips varied in training alone: how far each change goes, and that it changes nothing else."""

from typing import Any

import numpy as np
import pytest

from pipeline.experiments import Varied
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
CLIPS = vectors(12, 16, rows=6) * 10 - 40
EVERYTHING = Varied(gain=6.0, equaliser=8.0, shift=2, bands=3, steps=4, roll=True)


def varied(seed: int = 1, update: int = 0, **options: Any) -> np.ndarray:
    from pipeline.training.augmentation import vary
    from pipeline.training.draws import Draws

    found: np.ndarray = vary(CLIPS, Varied(**options), Draws(seed, update)).numpy()
    return found


def test_each_seed_and_each_update_varies_anew_and_the_same_ones_alike() -> None:
    options = EVERYTHING.model_dump()
    first = varied(1, 2, **options)
    assert first.shape == CLIPS.shape and not np.allclose(first, CLIPS)
    np.testing.assert_array_equal(varied(1, 2, **options), first)
    assert not np.allclose(varied(1, 3, **options), first) and not np.allclose(varied(2, 2, **options), first)


def test_what_asks_for_nothing_changes_nothing() -> None:
    np.testing.assert_array_equal(varied(), CLIPS)


def test_a_network_is_trained_on_varied_clips_and_measured_on_them_as_they_are() -> None:
    from pipeline.networks.build import build
    from pipeline.training.augmentation import vary
    from pipeline.training.compiled import Compiled
    from pipeline.training.draws import Draws
    from pipeline.training.optimizers import make_optimizer

    chosen = experiment("gru", batch=6, segment=4, cepstra=8, varied=EVERYTHING)
    model, rows = build(chosen, data(CLIPS), 16, None, 0), np.arange(6, dtype=np.int32)
    compiled = Compiled(model, make_optimizer(chosen.optimizer), varied=EVERYTHING)
    compiled.begin(model, (CLIPS, np.full(6, 12, np.int32), np.zeros(6, np.int32)), 3)
    np.testing.assert_allclose(compiled.predict(rows), model([CLIPS]), rtol=1e-4, atol=1e-5)
    heard = model([vary(CLIPS, EVERYTHING, Draws(3, 0))], training=True).numpy()
    (loss,), _ = compiled.train(rows[None], 1)
    assert loss == pytest.approx((np.log(np.exp(heard).sum(axis=1)) - heard[:, 0]).mean(), rel=1e-3)


def test_gain_moves_a_clip_as_a_whole_and_no_further_than_it_says() -> None:
    moved = varied(gain=6.0) - CLIPS
    assert np.ptp(moved, axis=(1, 2)).max() < 1e-4
    assert 0 < np.abs(moved).max() <= 6 and len(np.unique(moved[:, 0, 0].round(3))) == len(CLIPS)


def test_an_equaliser_is_straight_between_its_knots_and_the_same_at_every_step() -> None:
    colour = varied(equaliser=8.0) - CLIPS
    np.testing.assert_allclose(colour, np.broadcast_to(colour[:, :1], colour.shape), atol=1e-4)
    from pipeline.training.augmentation import KNOTS

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
    for update in range(3):
        found = varied(update=update, **{name: 5})
        for before, after in zip(CLIPS, found, strict=True):
            changed = np.flatnonzero((before != after).any(axis=2 - axis))
            widths.add(len(changed))
            assert len(changed) == 0 or np.ptp(changed) == len(changed) - 1
            hidden = after.take(changed, axis=axis - 1)
            np.testing.assert_allclose(hidden, before.mean(), rtol=1e-4)
    assert max(widths) <= 5 and len(widths) > 1
