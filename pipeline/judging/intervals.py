"""Intervals over seeds: of a single run, for figures; and of a mean difference, for orderings. Numbers in and out."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, inf, sqrt

import numpy as np
from scipy import stats

from pipeline.judging.scales import Scale
from pipeline.judging.statistics import LEVEL, POWER, paired

MOST = 1000  # no more seeds are suggested
ONE_RUN = 0.97  # so that, stopping rule included, at most 5 % of true figures are called wrong (docs/judging.md)
_UPPER = (1 + LEVEL) / 2
_UPPER_OF_A_RUN = (1 + ONE_RUN) / 2


@dataclass(frozen=True)
class Interval:
    """`low..high` for one run and `mean_low..mean_high` for the mean, in the values' unit; None with one value.

    `detectable`: the smallest error of a figure that would have been outside with a power of 80 %. `enough`: about how
    many seeds make the interval narrow enough for a verdict; None if no number would.
    """

    mean: float
    low: float | None
    high: float | None
    mean_low: float | None
    mean_high: float | None
    seeds: int
    detectable: float | None = None
    enough: int | None = None
    narrow: bool = False


def one_run(values: Sequence[float], scale: Scale, size: int | None = None, theirs: int | None = None) -> Interval:
    """Compute the 97 % prediction interval of one more run, m ± t·s·√(1 + 1/n) on the scale, and the 95 % of the mean.

    `size`: of how many samples each of our shares is. `theirs`: of how many the document's is, where every run has a
    test part of its own: the spread over our seeds holds the sampling error of our parts, so only what a smaller part
    adds is added. Shares without any spread have the Jeffreys interval of one. Raises ValueError without values.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no values")
    mean = float(np.mean(values))
    if n == 1:
        return Interval(mean, None, None, None, None, 1)
    given = scale.into(values, size)
    centre, variance = float(given.mean()), float(given.var(ddof=1))
    if scale.name == "share" and size and np.ptp(given) == 0:
        return _jeffreys(mean, min(size, theirs or size), n, scale)
    more = _sampling(centre, size, theirs) if scale.name == "share" and size and theirs else 0.0
    quantile, of_mean = _quantile(_UPPER_OF_A_RUN, n - 1), _quantile(_UPPER, n - 1)
    deviation = sqrt(variance * (1 + 1 / n) + more)
    low, high = (scale.back(centre + sign * quantile * deviation, size) for sign in (-1, 1))
    if scale.name == "share":  # in points: the mean of logits is not the logit of the mean
        half = of_mean * float(np.std(values, ddof=1)) / sqrt(n)
        mean_low, mean_high = max(0.0, mean - half), min(1.0, mean + half)
    else:
        mean_low, mean_high = (scale.back(centre + sign * of_mean * sqrt(variance / n)) for sign in (-1, 1))
    seen = (quantile + _quantile(POWER, n - 1)) * deviation
    caught = max(mean - scale.back(centre - seen, size), scale.back(centre + seen, size) - mean)
    enough = _seeds_for_figures(scale, centre, variance, more, size)
    narrow = scale.half(low, high) <= scale.figure
    return Interval(mean, low, high, mean_low, mean_high, n, caught, enough, narrow)


def _sampling(logit: float, ours: int, theirs: int) -> float:
    """Compute how much more a share of `theirs` samples varies than one of `ours`, as a variance of its logit."""
    share = 1 / (1 + exp(-logit))
    return max(0.0, 1 / theirs - 1 / ours) / (share * (1 - share))


def _jeffreys(mean: float, size: int, seeds: int, scale: Scale) -> Interval:
    low, high = share_of_runs(mean * size, size, ONE_RUN)
    narrow, seen = scale.half(low, high) <= scale.figure, max(mean - low, high - mean)
    return Interval(mean, low, high, *share_of_runs(mean * size, size), seeds, seen, seeds if narrow else None, narrow)


def _seeds_for_figures(scale: Scale, centre: float, variance: float, more: float, size: int | None) -> int | None:
    """Find the fewest seeds, 5 or more, whose interval of one run would be narrow enough at this spread."""

    def narrow(quantile: float, n: float) -> bool:
        reach = quantile * sqrt(variance * (1 + 1 / n) + more)
        return scale.half(scale.back(centre - reach, size), scale.back(centre + reach, size)) <= scale.figure

    return _fewest(narrow, _UPPER_OF_A_RUN)


def _fewest(narrow: Callable[[float, float], bool], upper: float) -> int | None:
    """Find the fewest seeds, 5 or more, that make an interval narrow, which it gets with every seed more."""
    if not narrow(float(stats.norm.ppf(upper)), inf):
        return None
    counts = range(5, MOST + 1)
    place = bisect_left(counts, True, key=lambda n: narrow(_quantile(upper, n - 1), n))
    return counts[place] if place < len(counts) else None


@cache
def _quantile(level: float, freedom: int) -> float:
    return float(stats.t.ppf(level, freedom))


@dataclass(frozen=True)
class Difference:
    """A mean difference over seeds with its 95 % interval and p: of shares, or of logarithms.

    `overlap`: see `paired`. `detectable`: the smallest mean difference found with a power of 80 %. `enough`: about how
    many seeds make the interval as narrow as the margin `step`, so that it decides; None if no number would.
    """

    mean: float
    low: float
    high: float
    p: float
    seeds: int
    detectable: float
    enough: int | None
    step: float

    @property
    def none(self) -> bool:
        """Whether the whole interval is within the margin."""
        return -self.step <= self.low and self.high <= self.step


def difference(differences: Sequence[float], step: float, overlap: float = 0.0) -> Difference:
    """Compute the mean of paired differences, one per seed (two or more), m ± t·s·√(1/n + overlap).

    `overlap` as in `paired` (Nadeau and Bengio 2003); `step`: the margin.
    """
    n = len(differences)
    mean, deviation = float(np.mean(differences)), float(np.std(differences, ddof=1))
    quantile, root = _quantile(_UPPER, n - 1), sqrt(1 / n + overlap)
    half = quantile * deviation * root
    seen = (quantile + _quantile(POWER, n - 1)) * deviation * root
    enough = _seeds_for_orderings(deviation, step, overlap)
    return Difference(mean, mean - half, mean + half, paired(differences, overlap), n, seen, enough, step)


def _seeds_for_orderings(deviation: float, step: float, overlap: float) -> int | None:
    def narrow(quantile: float, n: float) -> bool:
        return quantile * deviation * sqrt(1 / n + overlap) <= step

    return _fewest(narrow, _UPPER)


def share_of_runs(same: float, runs: int, level: float = LEVEL) -> tuple[float, float]:
    """Compute the Jeffreys interval of the share of runs (or samples) that show something."""
    upper = (1 + level) / 2
    low = float(stats.beta.ppf(1 - upper, same + 0.5, runs - same + 0.5)) if same > 0 else 0.0
    high = float(stats.beta.ppf(upper, same + 0.5, runs - same + 0.5)) if same < runs else 1.0
    return low, high
