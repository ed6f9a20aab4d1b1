"""Intervals, tests, corrections and power: sums done by hand, published figures, and what holds for any numbers."""

from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.judging.statistics import (
    cautious,
    fold_interval,
    fold_mean,
    holm,
    improvement,
    improvement_interval,
    interquartile_mean,
    paired,
    power,
    runs_needed,
)

NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)
FOLD = st.lists(NUMBERS, min_size=1, max_size=6)


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


def test_the_interval_of_one_fold_is_the_one_of_scipy():
    values = [3.0, 4.5, 5.0, 3.5, 4.2]
    assert fold_interval([values]) == pytest.approx(stats.t.interval(0.95, 4, np.mean(values), stats.sem(values)))


def test_the_interval_of_two_folds_is_welchs():
    first, second = [3.0, 4.5, 5.0, 3.5], [1.0, 1.2]
    low, high = fold_interval([first, second])
    welch = stats.ttest_ind(first, [-value for value in second], equal_var=False).confidence_interval(0.95)
    assert (low, high) == (pytest.approx(welch.low / 2), pytest.approx(welch.high / 2))


def test_folds_that_differ_do_not_widen_the_interval_and_weigh_the_same():
    assert fold_interval([[0.2, 0.2, 0.2, 0.2], [0.8, 0.8]]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert fold_mean([[0.2, 0.2, 0.2, 0.2], [0.8, 0.8]]) == pytest.approx(0.5)


def test_without_a_fold_of_two_seeds_there_is_no_interval():
    assert fold_interval([[0.3], [0.4]]) is None
    assert fold_interval([[0.3, 0.5], [0.4]]) is not None


@given(st.lists(FOLD, min_size=1, max_size=3))
def test_the_interval_of_folds_is_about_their_mean(folds):
    found = fold_interval(folds)
    if found:
        assert found[0] - 1e-6 <= fold_mean(folds) <= found[1] + 1e-6


@pytest.mark.parametrize("seeds", [3, 5, 10, 20])
def test_the_interval_of_folds_covers_their_mean_in_95_of_100(seeds):
    random, centres = np.random.default_rng(seeds), np.array([[0.2], [0.5], [0.9]])
    found = [fold_interval(centres + random.normal(0, 0.1, (3, seeds))) for _ in range(500)]
    assert 0.93 <= np.mean([low <= centres.mean() <= high for low, high in found]) <= 0.99


def test_improvement_by_hand():
    # fold 1: 3 > 2, 3 > 1, 2 = 2, 2 > 1: 3.5 of 4; fold 2: 1 > 4 not
    assert improvement([[3.0, 2.0], [1.0]], [[2.0, 1.0], [4.0]]) == pytest.approx((3.5 / 4 + 0) / 2)


@given(st.lists(st.tuples(FOLD, FOLD), min_size=1, max_size=4))
def test_improvement_of_both_sides_is_one(folds):
    first, second = zip(*folds, strict=True)
    assert improvement(first, second) + improvement(second, first) == pytest.approx(1)
    assert improvement(first, first) == pytest.approx(0.5)


@pytest.mark.parametrize("seeds", [3, 5, 10, 20])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_interval_of_an_improvement_covers_it_in_95_of_100(shift, seeds):
    random, truth = np.random.default_rng([seeds, int(shift)]), stats.norm.cdf(shift / sqrt(2))
    shares = [improvement([random.normal(shift, 1, seeds)], [random.normal(0, 1, seeds)]) for _ in range(300)]
    found = {share: improvement_interval(share, seeds, seeds) for share in set(shares)}
    covered = np.mean([found[share][0] <= truth <= found[share][1] for share in shares])
    assert covered >= (0.92 if seeds > 3 else 0.88)  # three against three are all on one side in 1 of 10


def test_an_improvement_in_every_pair_or_in_none_leaves_room_and_stays_a_probability():
    low, high = improvement_interval(1.0, 5, 5)
    assert 0.5 < low < 0.8 and high == 1
    assert improvement_interval(0.0, 5, 5) == (0, pytest.approx(1 - low))
    assert improvement_interval(1.0, 20, 20)[0] > low


@given(st.integers(0, 50), st.integers(2, 20), st.integers(2, 20))
def test_the_interval_of_an_improvement_holds_it(hundredths, first, second):
    low, high = improvement_interval(hundredths / 50, first, second)
    assert 0 <= low <= hundredths / 50 <= high <= 1 and low < high


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
    assert (runs_needed(0.5), runs_needed(0.2), runs_needed(-0.8)) == (34, 199, 15)
    assert power(33, 0.5) < 0.8 <= power(34, 0.5)
    assert power(10, 0.0) == pytest.approx(0.05)
    assert runs_needed(0.5, alpha=0.01) == 51  # of the same tables, at 1 %


def test_power_is_what_the_test_does():
    random = np.random.default_rng(2)
    found = [paired(random.normal(0.5, 1, 34)) < 0.05 for _ in range(1000)]
    assert np.mean(found) == pytest.approx(power(34, 0.5), abs=0.04)


@given(st.integers(2, 300), st.floats(0, 1e6), st.sampled_from([0.0, 0.1, 1.0]))
def test_power_is_a_probability_and_grows_with_the_runs(runs, effect, overlap):
    now = power(runs, effect, overlap)
    assert 0 <= now <= power(runs + 1, effect, overlap) + 1e-6 <= 1 + 1e-5


def test_overlap_bounds_the_power():
    assert runs_needed(1.0, 0.1) == 46  # and 10 without
    assert power(45, 1.0, 0.1) < 0.8 <= power(46, 1.0, 0.1)
    assert runs_needed(1.0, 0.25) is None
    assert power(10**6, 1.0, 0.25) < 0.8


def test_never_and_at_once():
    assert runs_needed(0.0) is None
    assert runs_needed(1e9) == 2
    assert runs_needed(1e-4) is None  # more than a million


def test_a_cautious_effect_by_hand_and_none():
    assert cautious(-1.0, 5) == pytest.approx(1 - stats.t.ppf(0.8, 4) / sqrt(5))
    assert cautious(1.0, 5, 0.25) == pytest.approx(1 - stats.t.ppf(0.8, 4) * sqrt(1 / 5 + 0.25))
    assert cautious(0.1, 5) == 0
