"""Numbers of an update: even, within their range, and the same again for the same seed, update and place."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")


def test_each_seed_update_and_place_has_its_own_numbers_and_they_come_again() -> None:
    from pipeline.training.draws import Draws

    first = Draws(3, 5)
    ones = [np.array(draws.uniform(4)) for draws in (first, first, Draws(3, 6), Draws(4, 5))]
    assert len({one.tobytes() for one in ones}) == 4
    np.testing.assert_array_equal(Draws(3, 5).uniform(4), ones[0])


def test_numbers_are_even() -> None:
    from pipeline.training.draws import Draws

    draws = Draws(0, 0)
    up, both = np.array(draws.uniform(20_000)), np.array(draws.up_or_down(20_000))
    assert 0 <= up.min() < 0.001 and 0.999 < up.max() < 1 and up.mean() == pytest.approx(0.5, abs=0.01)
    assert -1 <= both.min() < -0.999 and 0.999 < both.max() < 1 and both.std() == pytest.approx(3**-0.5, abs=0.01)
