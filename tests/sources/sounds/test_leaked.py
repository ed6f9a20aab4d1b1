"""A split with a leak of a given size: what changes with the share, and what does not."""

from itertools import pairwise

import numpy as np
import pytest

from pipeline.sources.sounds.leakage import leakage
from pipeline.sources.sounds.leaked import MOST, leaked_split

SHARES = (0.0, 0.24, 0.48, 0.72, 0.96)


def clips() -> tuple[np.ndarray, np.ndarray]:
    """600 clips of 160 recordings in four classes: of one, two, three or nine clips each."""
    sizes = np.tile([1, 2, 3, 9], 40)
    recordings = np.repeat(np.arange(160), sizes)
    return np.repeat(np.arange(160) // 4 % 4, sizes), recordings


def split(share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return leaked_split(*clips(), share, np.random.default_rng(seed))


@pytest.mark.parametrize("share", SHARES)
def test_as_many_test_clips_are_known_as_asked(share: float) -> None:
    train, test = split(share)
    assert leakage(clips()[1], train, test)["share"] == pytest.approx(share, abs=MOST / len(test))


def test_nothing_leaks_and_everything_leaks_at_the_ends() -> None:
    _, recordings = clips()
    assert [leakage(recordings, *split(share))["share"] for share in (0.0, 1.0)] == [0.0, 1.0]


def test_only_the_leak_changes() -> None:
    labels, _ = clips()
    train, test = split(0.0)
    for share in SHARES[1:]:
        other, same = split(share)
        np.testing.assert_array_equal(same, test)
        np.testing.assert_array_equal(np.bincount(labels[other]), np.bincount(labels[train]))
        assert not np.intersect1d(other, test).size and len(np.unique(other)) == len(other)


def test_a_larger_leak_holds_a_smaller_one() -> None:
    known = [set(np.intersect1d(*(clips()[1][rows] for rows in split(share)))) for share in SHARES]
    assert all(small < large for small, large in pairwise(known))


def test_a_recording_has_few_test_clips_and_every_class_is_tested() -> None:
    labels, recordings = clips()
    _, test = split(0.5)
    assert np.unique(recordings[test], return_counts=True)[1].max() == MOST
    assert set(labels[test]) == {0, 1, 2, 3}


def test_a_seed_draws_its_own_recordings() -> None:
    assert not np.array_equal(split(0.5, 0)[1], split(0.5, 1)[1])
