"""Units that give a network as many parameters as another, so that a comparison is of cells, not of sizes."""

from collections.abc import Callable

from pipeline.base.console import UserError

APART = 0.02  # largest relative difference between two numbers of parameters
_MOST = 100_000


def matched_units(count: Callable[[int], int], wanted: int) -> int:
    """Find the units whose number of parameters, `count(units)`, is nearest to `wanted`; count must increase with them.

    Raises UserError if the nearest differs by more than a share of APART.
    """
    low, high = 1, 2
    while count(high) < wanted and high < _MOST:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < wanted else (low, middle)
    units = min((low, high), key=lambda one: abs(count(one) - wanted))
    if abs(count(units) - wanted) > APART * wanted:
        off = abs(count(units) / wanted - 1)
        raise UserError(f"the closest size, {units} units, has {count(units)} parameters, {off:.1%} from {wanted}")
    return units
