"""Units by the number of parameters that they give."""

import pytest

from pipeline.base.console import UserError
from pipeline.spec.matching import matched_units


def lstm(units: int) -> int:
    return 4 * (8 + units + 1) * units + 10 * (units + 1)


@pytest.mark.parametrize("units", [1, 2, 31, 32, 33, 500])
def test_a_network_is_matched_to_itself(units: int) -> None:
    assert matched_units(lstm, lstm(units)) == units


def test_the_nearest_is_taken_above_or_below() -> None:
    assert matched_units(lambda units: 100 * units, 10_049) == 100
    assert matched_units(lambda units: 100 * units, 10_051) == 101


def test_sizes_that_cannot_meet_are_refused_with_both_numbers() -> None:
    with pytest.raises(UserError, match=r"the closest size, 3 units, has 300 parameters, 14\.3% from 350"):
        matched_units(lambda units: 100 * units, 350)
