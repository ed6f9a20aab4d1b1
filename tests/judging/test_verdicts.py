"""The rule at its edges."""

import pytest

from pipeline.judging.printed import Printed
from pipeline.judging.statistics import Interval
from pipeline.judging.verdicts import (
    RULE,
    VERDICTS,
    Judgement,
    judge_fact,
    judge_number,
    judge_pair,
    judge_text_of_a_run,
    shown,
    too_few,
    weakest,
)


def found(low: float, high: float, seeds: int = 5) -> Interval:
    return Interval((low + high) / 2, low, high, low, high, seeds)


def verdict(claimed: str, low: float, high: float, better: str = "higher") -> str:
    return judge_number(Printed.parse(claimed), found(low, high), better).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize("claimed", ["0.90", "0.80", "0.85"])
def test_at_the_bounds_and_between_is_reproduced(claimed):
    assert verdict(claimed, 0.8, 0.9) == "reproduced"


def test_half_of_the_last_digit_still_counts_and_no_more():
    assert verdict("0.905", 0.8, 0.9045) == "reproduced"  # .9045 rounds up to .905
    assert verdict("0.905", 0.8, 0.9044) == "not reproduced"
    assert verdict("0.795", 0.7955, 0.9) == "reproduced"
    assert verdict("0.795", 0.7956, 0.9) == "better"
    assert verdict("44", 44.5, 60, "lower") == "reproduced"
    assert verdict("44", 44.51, 60, "lower") == "not reproduced"
    assert verdict("0.9", 0.8, 0.85) == "reproduced"  # fewer digits, more room
    assert verdict("0.90", 0.8, 0.85) == "not reproduced"


def test_higher_is_better_for_accuracy_and_worse_for_loss():
    assert verdict("0.5", 0.7, 0.8, "higher") == "better"
    assert verdict("0.5", 0.7, 0.8, "lower") == "not reproduced"
    assert verdict("0.9", 0.7, 0.8, "higher") == "not reproduced"
    assert verdict("0.9", 0.7, 0.8, "lower") == "better"


def test_no_spread_is_a_point():
    assert verdict("0.90", 0.9, 0.9) == "reproduced"
    assert verdict("0.90", 0.91, 0.91) == "better"


@pytest.mark.parametrize(("seeds", "expected"), [(1, "not attempted"), (2, "not attempted"), (3, "reproduced")])
def test_three_seeds_make_a_verdict(seeds, expected):
    judgement = judge_number(Printed.parse("0.85"), found(0.8, 0.9, seeds), "higher")
    assert judgement.verdict == expected
    assert ("estimate" in judgement.why) == (seeds < 3)


def test_one_seed_without_interval():
    one = Interval(0.8, None, None, None, None, 1)
    assert judge_number(Printed.parse("0.85"), one, "higher") == too_few(1)


def test_too_wide_an_interval_says_so():
    claimed = Printed.parse("0.5")
    assert "too wide" in judge_number(claimed, found(0.2, 0.66), "higher", span=0.9).why
    assert "too wide" not in judge_number(claimed, found(0.2, 0.64), "higher", span=0.9).why
    assert "too wide" not in judge_number(claimed, found(0.2, 0.66), "higher").why


def test_a_printed_range_stands_as_it_is():
    assert verdict("4~5", 5.0, 6.0, "lower") == "reproduced"
    assert verdict("4~5", 5.01, 6.0, "lower") == "not reproduced"
    assert verdict("4~5", 3.0, 3.99, "lower") == "better"


@pytest.mark.parametrize(
    ("difference", "p", "expected", "word"),
    [
        (0.1, 0.049, "reproduced", "significant"),
        (0.1, 0.05, "direction only", "not significant"),
        (-0.1, 0.2, "not reproduced", "the other way, and not significant"),
        (-0.1, 0.01, "not reproduced", "the other way, and significant"),
        (0.0, 1.0, "not reproduced", "no difference"),
    ],
)
def test_pairs(difference, p, expected, word):
    judgement = judge_pair(difference, p)
    assert judgement.verdict == expected
    assert judgement.why.startswith(word)


def test_a_chain_is_as_good_as_its_weakest_pair():
    good, half, bad = (Judgement(name, "") for name in ("reproduced", "direction only", "not reproduced"))
    assert weakest([good, half, good], [0.01, 0.2, 0.01]) == 1
    assert weakest([good, half, bad], [0.01, 0.2, 0.01]) == 2
    assert weakest([good, good], [0.01, 0.02]) == 1


def test_facts_are_equal_or_not():
    assert judge_fact("2630", ["2630", "2630"]).verdict == "reproduced"
    judgement = judge_fact("2630", ["2630", "2650"])
    assert judgement.verdict == "not reproduced"
    assert "2650" in judgement.why


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["a", "b", "b"], "reproduced"),
        (["a"], "reproduced"),
        (["b", "b", "c"], "not reproduced"),
        (["b", "b"], "not attempted"),
    ],
)
def test_a_text_of_one_run_is_shown_by_one_of_ours_or_by_none_of_three(found, expected):
    assert judge_text_of_a_run("a", found).verdict == expected


def test_the_rule_names_its_verdicts():
    text = " ".join(RULE)
    for name in VERDICTS:
        assert name == "failed" or f"'{name}'" in text


def test_numbers_for_people():
    assert [shown(value) for value in (0.0, 0.34812, 0.00042, 12.34, 1569.4)] == [
        "0.000",
        "0.348",
        "0.0004",
        "12.3",
        "1,569",
    ]
