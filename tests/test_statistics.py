"""Intervals, paired tests and Holm's correction against sums done by hand."""

from math import isclose, sqrt

import pytest
from scipy import stats

from pipeline.judging.statistics import binomial, holm, interval, paired


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
