"""The statistics of the verdicts: intervals over seeds, paired tests, Holm's correction. Plain numbers in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

LEVEL = 0.95
_ROUNDING = 1e-9  # far less than figures differ by, far more than binary sums of them do


@dataclass(frozen=True)
class Interval:
    """`low..high` for one run and `mean_low..mean_high` for the mean, in the values' unit; None with one value."""

    mean: float
    low: float | None
    high: float | None
    mean_low: float | None
    mean_high: float | None
    seeds: int

    def scaled(self, by: float) -> "Interval":
        """Return the interval in another unit."""

        def times(end: float | None) -> float | None:
            return None if end is None else end * by

        ends = times(self.low), times(self.high), times(self.mean_low), times(self.mean_high)
        return Interval(self.mean * by, *ends, self.seeds)


def interval(values: Sequence[float], size: int | None = None) -> Interval:
    """Return the 95 % prediction interval of one run over seeds, mean ± t·s·√(1+1/n), and that of the mean.

    `size`: for an accuracy (a fraction), the samples it was counted on; its binomial error is added in quadrature to
    the interval of one run. Raises ValueError without values.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no values")
    mean = float(np.mean(values))
    if n == 1:
        return Interval(mean, None, None, None, None, 1)
    spread = float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * np.std(values, ddof=1))
    half, mean_half = spread * sqrt(1 + 1 / n), spread / sqrt(n)
    if size is not None:
        half = sqrt(half**2 + binomial(mean, size) ** 2)
    return Interval(mean, mean - half, mean + half, mean - mean_half, mean + mean_half, n)


def binomial(share: float, size: int) -> float:
    """Return the half width of the 95 % interval of a share counted on `size` samples (normal approximation)."""
    share = min(max(share, 0.0), 1.0)
    return float(stats.norm.ppf((1 + LEVEL) / 2)) * sqrt(share * (1 - share) / size)


def paired(differences: Sequence[float]) -> float:
    """Return the two-sided p of a paired t-test from the differences, one a seed (two or more).

    Equal differences, but for their rounding, leave the test without a spread: p is 1 if they are 0, else 0.
    """
    if np.ptp(differences) <= _ROUNDING * np.max(np.abs(differences)):
        return 1.0 if differences[0] == 0 else 0.0
    return float(stats.ttest_rel(differences, np.zeros(len(differences))).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number after Holm (1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
