"""The scales of the metrics: there and back, no share beyond 0 and 1, and a margin for each."""

from math import inf, isfinite, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judging.printed import parse_term
from pipeline.judging.scales import POSITIVE, SHARE, TINY, scale_of, scale_of_terms


@pytest.mark.parametrize("metric", ["test_accuracy@10", "val_accuracy", "examples_correct", "probability of 3/4+1"])
def test_accuracies_and_probabilities_are_shares(metric):
    assert scale_of(metric) is SHARE


@pytest.mark.parametrize(
    "metric",
    ["loss@30", "val_loss", "test_mse", "test_mae", "test_celsius", "cpu_seconds@0..4", "gradient_reach_first"],
)
def test_errors_times_and_gradients_are_positive(metric):
    assert scale_of(metric) is POSITIVE


@pytest.mark.parametrize("metric", ["test_acuracy", "epochs", "gradient_rich", ""])
def test_what_no_run_measures_is_refused(metric):
    with pytest.raises(ValueError, match="is not one that runs measure"):
        scale_of(metric)


def test_terms_of_a_comparison_are_of_one_kind():
    terms = [parse_term(text) for text in ("a test_accuracy - b test_accuracy@10", "0.1")]
    assert scale_of_terms(terms) is SHARE
    for texts in (("a test_accuracy", "a test_mse"), ("0.1", "0.2")):
        with pytest.raises(ValueError, match="compare figures of one kind"):
            scale_of_terms([parse_term(text) for text in texts])


@given(st.floats(0, 1), st.sampled_from([None, 1, 50, 385]))
def test_a_share_comes_back_from_its_logit(share, size):
    there = float(SHARE.into([share], size)[0])
    assert isfinite(there)
    assert SHARE.back(there, size) == pytest.approx(share, abs=1e-9)


@given(st.floats(TINY, 1e300))
def test_an_error_comes_back_from_its_logarithm(value):
    assert POSITIVE.back(float(POSITIVE.into([value])[0])) == pytest.approx(value)


@given(st.floats(-1e6, 1e6), st.sampled_from([None, 1, 50, 385]))
def test_whatever_comes_back_is_a_share_or_a_finite_figure(value, size):
    assert 0 <= SHARE.back(value, size) <= 1
    assert 0 <= POSITIVE.back(value) < inf


def test_half_a_sample_is_added_to_either_side():
    assert SHARE.into([0, 1], 9).tolist() == pytest.approx([log(0.5 / 9.5), log(9.5 / 0.5)])


def test_what_rounding_put_beyond_the_ends_is_at_the_ends():
    assert SHARE.into([1.0000001, -0.0000001], 9).tolist() == SHARE.into([1.0, 0.0], 9).tolist()


def test_nothing_at_all_counts_as_the_smallest_figure():
    assert POSITIVE.into([0.0])[0] == pytest.approx(log(TINY))


def test_half_of_an_interval_is_in_points_or_a_factor():
    assert SHARE.half(0.8, 0.9) == pytest.approx(0.05)
    assert POSITIVE.half(1.0, 1.5625) == pytest.approx(1.25)
    assert POSITIVE.half(0.0, 1.0) == pytest.approx(1000)  # from a millionth


def test_the_margins_in_words_and_as_a_step():
    assert (SHARE.margin(), POSITIVE.margin()) == ("5 points", "a factor of 1.25")
    assert (SHARE.step, POSITIVE.step) == (0.01, pytest.approx(log(1.05)))
