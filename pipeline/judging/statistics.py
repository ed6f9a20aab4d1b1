"""Statistics for verdicts and leaderboard: intervals, paired tests, Holm's correction. Plain numbers in and out."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import stats

LEVEL = 0.95
POWER = 0.8
MANY = 1_000_000  # the most runs that `runs_needed` suggests
_RESAMPLES = 10_000
_SURE = 40.0  # noncentrality: beyond it the power is 1 to many digits, or SciPy returns nan
_ROUNDING = 1e-9  # far below real differences, far above floating-point error


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
        """Multiply every value by `by`, to change the unit."""

        def times(end: float | None) -> float | None:
            return None if end is None else end * by

        ends = times(self.low), times(self.high), times(self.mean_low), times(self.mean_high)
        return Interval(self.mean * by, *ends, self.seeds)


def interval(values: Sequence[float], size: int | None = None) -> Interval:
    """Compute the 95 % prediction interval of one run over seeds, mean ± t·s·√(1+1/n), and the interval of the mean.

    `size`: for an accuracy (a fraction), the samples it was measured on; its binomial error is added in quadrature to
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
    """Compute the half width of the 95 % interval of a share of `size` samples (normal approximation)."""
    share = min(max(share, 0.0), 1.0)
    return float(stats.norm.ppf((1 + LEVEL) / 2)) * sqrt(share * (1 - share) / size)


def fold_mean(folds: Sequence[Sequence[float]]) -> float:
    """Compute the mean of the folds' means; every fold, (seeds,) and not empty, has the same weight."""
    return float(np.mean([np.mean(fold) for fold in folds]))


def bootstrap(folds: Sequence[Sequence[float]], random: np.random.Generator) -> tuple[float, float]:
    """Compute the 95 % percentile bootstrap interval of `fold_mean`; the seeds of each fold are resampled separately.

    Stratified as in Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
    section 4.1. Folds with only one seed have no spread and give a point.
    """
    drawn = [np.asarray(fold)[random.integers(len(fold), size=(_RESAMPLES, len(fold)))].mean(axis=1) for fold in folds]
    low, high = np.quantile(np.mean(drawn, axis=0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def improvement(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> float:
    """Compute P(first > second): the share of pairs of seeds in which the first is larger; a tie counts one half.

    Both have the same folds, each (seeds,); the share is computed per fold, then averaged (Agarwal et al. 2021,
    section 4.3, with folds in place of tasks).
    """
    signs = [np.sign(np.subtract.outer(np.asarray(a), np.asarray(b))) for a, b in zip(first, second, strict=True)]
    return float(np.mean([(1 + sign).mean() / 2 for sign in signs]))


def interquartile_mean(values: Sequence[float]) -> float:
    """Compute the mean of the middle half: a quarter of the values is cut off at either end."""
    return float(stats.trim_mean(values, 0.25))


def paired(differences: Sequence[float], overlap: float = 0.0) -> float:
    """Compute the two-sided p of a paired t-test from the differences, one per pair of runs (two or more).

    `overlap`: size of the test part divided by that of the training part, where runs share training examples and so are
    not independent; the variance of the mean is then s²·(1/n + overlap) (Nadeau and Bengio 2003, "Inference for the
    Generalization Error", corrected resampled t-test). 0 gives the plain test. Differences that are equal up to
    rounding have no spread: p is 1 if they are 0, else 0.
    """
    if np.ptp(differences) <= _ROUNDING * np.max(np.abs(differences)):
        return 1.0 if differences[0] == 0 else 0.0
    n = len(differences)
    t = np.mean(differences) / (np.std(differences, ddof=1) * sqrt(1 / n + overlap))
    return float(2 * stats.t.sf(abs(t), n - 1))


def power(runs: int, effect: float, overlap: float = 0.0) -> float:
    """Compute the power of `paired` at 5 %, two-sided, from the noncentral t distribution.

    `runs`: two or more. `effect`: mean of the differences divided by their standard deviation.
    """
    shift, edge = min(abs(effect) / sqrt(1 / runs + overlap), _SURE), stats.t.ppf((1 + LEVEL) / 2, runs - 1)
    return float(stats.nct.sf(edge, runs - 1, shift) + stats.nct.sf(edge, runs - 1, -shift))


def runs_needed(mean: float, deviation: float, overlap: float = 0.0) -> int | None:
    """Compute the fewest runs, two or more, with which `paired` finds such differences with a power of 0.8.

    None means never: the mean difference is 0, or the overlap leaves a variance that no number of runs removes, or it
    would take more than a million runs.
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
    """Correct p values for multiple tests after Holm (1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
