"""The statistics of verdicts and leaderboard: intervals, paired tests, Holm's correction. Plain numbers in and out."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import stats

LEVEL = 0.95
POWER = 0.8
MANY = 1_000_000  # runs: who needs more will never have them
_RESAMPLES = 10_000
_SURE = 40.0  # a noncentrality beyond which the power is 1 to many digits, or SciPy's sums end in nan
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


def fold_mean(folds: Sequence[Sequence[float]]) -> float:
    """Return the mean of the folds' means; each fold, (seeds,) and none empty, weighs the same."""
    return float(np.mean([np.mean(fold) for fold in folds]))


def bootstrap(folds: Sequence[Sequence[float]], random: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of `fold_mean`: the seeds of each fold are drawn again, apart.

    Stratified as in Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
    section 4.1. Folds of one seed alone have no spread, and give a point.
    """
    drawn = [np.asarray(fold)[random.integers(len(fold), size=(_RESAMPLES, len(fold)))].mean(axis=1) for fold in folds]
    low, high = np.quantile(np.mean(drawn, axis=0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def improvement(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> float:
    """Return P(first > second): the share of pairs of seeds in which the first is larger, a tie counts one half.

    Both are the same folds, each (seeds,); the share is taken in each fold, then averaged (Agarwal et al. 2021,
    section 4.3, with folds for tasks).
    """
    signs = [np.sign(np.subtract.outer(np.asarray(a), np.asarray(b))) for a, b in zip(first, second, strict=True)]
    return float(np.mean([(1 + sign).mean() / 2 for sign in signs]))


def interquartile_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle half: a quarter of the values is cut off at either end."""
    return float(stats.trim_mean(values, 0.25))


def paired(differences: Sequence[float], overlap: float = 0.0) -> float:
    """Return the two-sided p of a paired t-test from the differences, one a run of both (two or more).

    `overlap`: size of the test part by that of the training part where runs share training examples, and so are no
    independent draws: the variance of the mean is s²·(1/n + overlap) then (Nadeau and Bengio 2003, "Inference for the
    Generalization Error", corrected resampled t-test). With 0 it is the plain test. Equal differences, but for their
    rounding, leave the test without a spread: p is 1 if they are 0, else 0.
    """
    if np.ptp(differences) <= _ROUNDING * np.max(np.abs(differences)):
        return 1.0 if differences[0] == 0 else 0.0
    n = len(differences)
    t = np.mean(differences) / (np.std(differences, ddof=1) * sqrt(1 / n + overlap))
    return float(2 * stats.t.sf(abs(t), n - 1))


def power(runs: int, effect: float, overlap: float = 0.0) -> float:
    """Return how likely `paired` with so many runs finds an effect, mean by deviation of the differences, at 5 %.

    By the noncentral t distribution, two-sided. `runs`: two or more.
    """
    shift, edge = min(abs(effect) / sqrt(1 / runs + overlap), _SURE), stats.t.ppf((1 + LEVEL) / 2, runs - 1)
    return float(stats.nct.sf(edge, runs - 1, shift) + stats.nct.sf(edge, runs - 1, -shift))


def runs_needed(mean: float, deviation: float, overlap: float = 0.0) -> int | None:
    """Return the fewest runs, two or more, in which `paired` finds such differences with a power of 0.8.

    None means never: the differences have the mean 0, or the overlap leaves a variance that no number of runs takes
    away, or it would take more than a million of them.
    """
    if deviation == 0:
        return 2 if mean else None
    effect = mean / deviation
    bound = inf if overlap == 0 else abs(effect) / sqrt(overlap)
    if effect == 0 or stats.norm.sf(stats.norm.ppf((1 + LEVEL) / 2) - bound) < POWER:
        return None
    runs = 2 + bisect_left(range(2, MANY + 1), POWER, key=lambda runs: power(runs, effect, overlap))
    return runs if runs <= MANY else None


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number after Holm (1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
