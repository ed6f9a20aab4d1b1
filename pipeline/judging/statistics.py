"""Statistics for verdicts and leaderboard: intervals, paired tests, Holm's correction. Plain numbers in and out."""

from bisect import bisect_left
from collections.abc import Sequence
from math import inf, sqrt

import numpy as np
from scipy import optimize, stats

LEVEL = 0.95
POWER = 0.8
MANY = 1_000_000  # the most runs that `runs_needed` suggests
_SURE = 40.0  # noncentrality: beyond it the power is 1 to many digits, or SciPy returns nan
_ROUNDING = 1e-9  # far below real differences, far above floating-point error


def fold_mean(folds: Sequence[Sequence[float]]) -> float:
    """Compute the mean of the folds' means; every fold, (seeds,) and not empty, has the same weight."""
    return float(np.mean([np.mean(fold) for fold in folds]))


def fold_interval(folds: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    """Compute the 95 % interval of `fold_mean`: the seeds of each fold vary on their own, with a t whose degrees of
    freedom are Satterthwaite's. None if no fold has two seeds.

    A bootstrap of 3, 5 or 10 seeds, as Agarwal et al. (2021) take it, covers 75, 85 and 89 % only.
    """
    parts = [(float(np.var(fold, ddof=1)) / len(fold), len(fold) - 1) for fold in folds if len(fold) > 1]
    if not parts:
        return None
    variance = sum(one for one, _ in parts)
    freedom = 1 / sum((one / variance) ** 2 / free for one, free in parts) if variance else len(parts)
    mean, half = fold_mean(folds), stats.t.ppf((1 + LEVEL) / 2, freedom) * sqrt(variance) / len(folds)
    return float(mean - half), float(mean + half)


def improvement(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> float:
    """Compute P(first > second): the share of pairs of seeds in which the first is larger; a tie counts one half.

    Both have the same folds, each (seeds,); the share is computed per fold, then averaged (Agarwal et al. 2021,
    section 4.3, with folds in place of tasks).
    """
    signs = [np.sign(np.subtract.outer(np.asarray(a), np.asarray(b))) for a, b in zip(first, second, strict=True)]
    return float(np.mean([(1 + sign).mean() / 2 for sign in signs]))


def improvement_interval(share: float, first: int, second: int) -> tuple[float, float]:
    """Compute the 95 % interval of P(first > second), from so many runs of each: Newcombe's score interval (2006,
    method 5) on the variance of Hanley and McNeil (1982)."""
    quantile = float(stats.norm.ppf((1 + LEVEL) / 2))
    runs = (first + second) / 2 - 1

    def distance(theta: float) -> float:
        more = runs * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return float(abs(share - theta) - quantile * sqrt(theta * (1 - theta) * (1 + more) / (first * second)))

    # At a share of 0 or 1 the distance is 0 there too, which is not the end that is sought.
    low = optimize.brentq(distance, 0.0, min(share, 1 - _ROUNDING)) if share > 0 else 0.0
    high = optimize.brentq(distance, max(share, _ROUNDING), 1.0) if share < 1 else 1.0
    return float(low), float(high)


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


def power(runs: int, effect: float, overlap: float = 0.0, alpha: float = 1 - LEVEL) -> float:
    """Compute the power of `paired` at `alpha`, two-sided, from the noncentral t distribution.

    `runs`: two or more. `effect`: mean of the differences divided by their standard deviation.
    """
    shift, edge = min(abs(effect) / sqrt(1 / runs + overlap), _SURE), stats.t.ppf(1 - alpha / 2, runs - 1)
    return float(stats.nct.sf(edge, runs - 1, shift) + stats.nct.sf(edge, runs - 1, -shift))


def runs_needed(effect: float, overlap: float = 0.0, alpha: float = 1 - LEVEL) -> int | None:
    """Compute the fewest runs, two or more, with which `paired` finds such an effect with a power of 0.8.

    None means never: the effect is 0, or the overlap leaves a variance that no number of runs removes, or it would take
    more than a million runs.
    """
    bound = inf if overlap == 0 else abs(effect) / sqrt(overlap)
    if effect == 0 or stats.norm.sf(stats.norm.ppf(1 - alpha / 2) - bound) < POWER:
        return None
    runs = 2 + bisect_left(range(2, MANY + 1), POWER, key=lambda runs: power(runs, effect, overlap, alpha))
    return runs if runs <= MANY else None


def cautious(effect: float, runs: int, overlap: float = 0.0) -> float:
    """Compute the effect that such runs exceed with a confidence of 80 %; 0 if that is none.

    What a few runs show is on average too large where it was picked for being large (Perugini, Gallucci and Costantini
    2014, "Safeguard power").
    """
    return max(0.0, abs(effect) - float(stats.t.ppf(POWER, runs - 1)) * sqrt(1 / runs + overlap))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for multiple tests after Holm (1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
