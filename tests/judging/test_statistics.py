"""Intervals, tests, corrections and power: sums done by hand, published figures, and what holds for any numbers."""

from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.judging.statistics import (
    binomial,
    bootstrap,
    fold_mean,
    holm,
    improvement,
    interquartile_mean,
    interval,
    paired,
    power,
    runs_needed,
)

NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)
FOLD = st.lists(NUMBERS, min_size=1, max_size=6)


def generator():
    return np.random.default_rng(7)


def test_prediction_interval_by_hand():
    found = interval([0.5, 0.6, 0.7])  # mean .6, s .1, t(2) = 4.302653
    assert isclose(found.mean, 0.6)
    assert isclose(found.high - 0.6, 4.302653 * 0.1 * sqrt(4 / 3), rel_tol=1e-6)
    assert isclose(0.6 - found.low, found.high - 0.6)
    assert isclose(found.mean_high - 0.6, 4.302653 * 0.1 / sqrt(3), rel_tol=1e-6)
    assert found.seeds == 3


def test_interval_of_the_mean_is_the_one_of_scipy():
    values = [3.0, 4.5, 5.0, 3.5, 4.2]
    low, high = stats.t.interval(0.95, 4, sum(values) / 5, stats.sem(values))
    found = interval(values)
    assert (found.mean_low, found.mean_high) == (pytest.approx(low), pytest.approx(high))


def test_binomial_error_is_added_in_quadrature_to_one_run_only():
    plain, folded = interval([0.5, 0.6, 0.7]), interval([0.5, 0.6, 0.7], size=385)
    error = 1.959964 * sqrt(0.6 * 0.4 / 385)
    assert isclose(folded.high - 0.6, sqrt((plain.high - 0.6) ** 2 + error**2), rel_tol=1e-6)
    assert (folded.mean_low, folded.mean_high) == (plain.mean_low, plain.mean_high)


def test_equal_values_leave_the_binomial_error_alone():
    assert interval([2.0, 2.0, 2.0]).low == interval([2.0, 2.0, 2.0]).high == 2.0
    found = interval([0.9, 0.9, 0.9], size=1000)
    assert isclose(found.high - found.low, 2 * 1.959964 * sqrt(0.09 / 1000), rel_tol=1e-6)


def test_one_value_has_no_interval_and_none_is_refused():
    found = interval([0.7], size=10)
    assert (found.mean, found.low, found.high, found.mean_low, found.mean_high, found.seeds) == (0.7, *[None] * 4, 1)
    assert found.scaled(100).low is None
    with pytest.raises(ValueError, match="no values"):
        interval([])


def test_two_values_have_a_wide_interval():
    found = interval([0.4, 0.6])
    assert isclose(found.high - found.low, 2 * 12.7062 * sqrt(0.02) * sqrt(1.5), rel_tol=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0, 1.2, -0.1])
def test_binomial_at_the_ends_is_no_error_and_no_crash(share):
    assert binomial(share, 100) == 0


def test_scaled_scales_every_end():
    found = interval([0.5, 0.6, 0.7])
    percent = found.scaled(100)
    for name in ("mean", "low", "high", "mean_low", "mean_high"):
        assert isclose(getattr(percent, name), 100 * getattr(found, name))
    assert percent.seeds == 3


def test_paired_is_the_paired_t_test():
    first, second = [0.5, 0.6, 0.8, 0.7], [0.4, 0.55, 0.6, 0.65]
    differences = [a - b for a, b in zip(first, second, strict=True)]
    assert isclose(paired(differences), stats.ttest_rel(first, second).pvalue)


def test_paired_without_spread():
    assert paired([0.0, 0.0, 0.0]) == 1.0
    assert paired([0.25, 0.25, 0.25]) == 0.0
    assert paired([0.048 - 0.01, 0.049 - 0.011, 0.05 - 0.012]) == 0.0  # 0.038, but for the last binary digit
    assert paired([0.038, 0.038, 0.038001]) > 0.0


def test_holm_by_hand():
    # sorted .005 .01 .03 .04 -> times 4 3 2 1 = .02 .03 .06 .04 -> running maximum .02 .03 .06 .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_never_exceeds_one_and_takes_nothing():
    assert holm([0.9, 0.8, 0.7]) == [1.0, 1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_monotone_and_never_below_what_it_corrects(p_values):
    corrected = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(corrected)[order]) >= 0) if p_values else corrected == []
    assert all(p <= after <= 1 for p, after in zip(p_values, corrected, strict=True))


@given(NUMBERS, st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_bootstrap_of_a_constant_is_a_point(value, sizes):
    assert bootstrap([[value] * size for size in sizes], generator()) == pytest.approx((value, value))


@settings(max_examples=25)
@given(st.lists(FOLD, min_size=1, max_size=3))
def test_bootstrap_lies_within_the_values_and_depends_on_nothing_but_the_generator(folds):
    low, high = bootstrap(folds, generator())
    assert bootstrap(folds, generator()) == (low, high)
    edge = 1e-6
    assert np.mean([min(fold) for fold in folds]) - edge <= low <= high <= np.mean([max(fold) for fold in folds]) + edge


def test_bootstrap_near_that_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = bootstrap([values], generator())
    half = 1.96 * values.std() / sqrt(400)
    assert (low, high) == (pytest.approx(values.mean() - half, abs=0.02), pytest.approx(values.mean() + half, abs=0.02))


def test_folds_that_differ_do_not_widen_the_bootstrap_and_weigh_the_same():
    low, high = bootstrap([[0.2, 0.2, 0.2, 0.2], [0.8, 0.8]], generator())
    assert (low, high) == (pytest.approx(0.5), pytest.approx(0.5))
    assert fold_mean([[0.2, 0.2, 0.2, 0.2], [0.8, 0.8]]) == pytest.approx(0.5)


def test_improvement_by_hand():
    # fold 1: 3 > 2, 3 > 1, 2 = 2, 2 > 1: 3.5 of 4; fold 2: 1 > 4 not
    assert improvement([[3.0, 2.0], [1.0]], [[2.0, 1.0], [4.0]]) == pytest.approx((3.5 / 4 + 0) / 2)


@given(st.lists(st.tuples(FOLD, FOLD), min_size=1, max_size=4))
def test_improvement_of_both_sides_is_one(folds):
    first, second = zip(*folds, strict=True)
    assert improvement(first, second) + improvement(second, first) == pytest.approx(1)
    assert improvement(first, first) == pytest.approx(0.5)


def test_interquartile_mean_cuts_a_quarter_at_either_end():
    assert interquartile_mean([100.0, 3.0, 2.0, 1.0, 4.0, 5.0, 6.0, -50.0]) == pytest.approx((2 + 3 + 4 + 5) / 4)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=8))
def test_without_overlap_the_corrected_test_is_scipys(pairs):
    first, second = np.array(pairs).T
    differences = first - second
    if np.ptp(differences) > 1e-6:
        assert paired(differences, 0.0) == pytest.approx(stats.ttest_rel(first, second).pvalue)


def test_overlap_widens_the_variance_by_hand():
    differences = [0.1, 0.2, 0.3, 0.4]  # mean .25, variance 1/60; 1/4 + 1/9
    t = 0.25 / sqrt((1 / 60) * (1 / 4 + 1 / 9))
    assert paired(differences, 1 / 9) == pytest.approx(2 * stats.t.sf(t, 3))
    assert paired(differences) < paired(differences, 0.1) < paired(differences, 0.5)


def test_no_difference_is_found_at_about_the_level():
    random = np.random.default_rng(1)
    found = [paired(random.normal(0, 1, 5)) < 0.05 for _ in range(2000)]
    assert 0.035 < np.mean(found) < 0.065


def test_power_is_that_of_the_textbooks():
    # Cohen's d = 0.5, paired, two-sided 5 %: 34 pairs for a power of 0.8, as every table and G*Power have it
    assert (runs_needed(0.5, 1.0), runs_needed(0.2, 1.0), runs_needed(-0.8, 1.0)) == (34, 199, 15)
    assert power(33, 0.5) < 0.8 <= power(34, 0.5)
    assert power(10, 0.0) == pytest.approx(0.05)


def test_power_is_what_the_test_does():
    random = np.random.default_rng(2)
    found = [paired(random.normal(0.5, 1, 34)) < 0.05 for _ in range(1000)]
    assert np.mean(found) == pytest.approx(power(34, 0.5), abs=0.04)


@given(st.integers(2, 300), st.floats(0, 1e6), st.sampled_from([0.0, 0.1, 1.0]))
def test_power_is_a_probability_and_grows_with_the_runs(runs, effect, overlap):
    now = power(runs, effect, overlap)
    assert 0 <= now <= power(runs + 1, effect, overlap) + 1e-6 <= 1 + 1e-5


def test_overlap_bounds_the_power():
    assert runs_needed(1.0, 1.0, 0.1) == 46  # and 10 without
    assert power(45, 1.0, 0.1) < 0.8 <= power(46, 1.0, 0.1)
    assert runs_needed(1.0, 1.0, 0.25) is None
    assert power(10**6, 1.0, 0.25) < 0.8


def test_never_and_at_once():
    assert runs_needed(0.0, 0.1) is None
    assert runs_needed(0.0, 0.0) is None
    assert runs_needed(0.1, 0.0) == 2
    assert runs_needed(1e-4, 1.0) is None  # more than a million
