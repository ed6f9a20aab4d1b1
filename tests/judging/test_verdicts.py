"""The rule at its edges, and that no verdict gets better where the evidence gets worse."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judging.intervals import Difference, Interval, difference, one_run
from pipeline.judging.printed import Printed
from pipeline.judging.scales import POSITIVE, SHARE, Scale
from pipeline.judging.verdicts import (
    RULE,
    VERDICTS,
    Judgement,
    both_readings,
    brief,
    difference_text,
    judge_fact,
    judge_number,
    judge_pair,
    judge_text_of_a_run,
    shown,
    too_few,
    weakest,
)

FIGURES = st.integers(0, 100).map(lambda percent: f"{percent / 100:.2f}")
RUNS = st.lists(st.integers(20, 80).map(lambda percent: percent / 100), min_size=5, max_size=8)
OUTSIDE = ("not reproduced", "better")


def found(low: float, high: float, seeds: int = 5, narrow: bool = True, enough: int | None = 9) -> Interval:
    return Interval((low + high) / 2, low, high, low, high, seeds, 0.1, enough, narrow)


def verdict(claimed: str, low: float, high: float, better: str = "higher") -> str:
    return judge_number(Printed.parse(claimed), found(low, high), SHARE, better).verdict  # type: ignore[arg-type]


# Figures


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


def test_a_time_is_never_better():
    assert {verdict(claimed, 0.7, 0.8, None) for claimed in ("0.5", "0.9")} == {"not reproduced"}  # type: ignore[arg-type]


def test_a_point_holds_what_rounds_to_it():
    assert verdict("0.90", 0.9, 0.9) == "reproduced"
    assert verdict("0.90", 0.91, 0.91) == "better"


@pytest.mark.parametrize(("seeds", "expected"), [(1, "not attempted"), (4, "not attempted"), (5, "reproduced")])
def test_five_seeds_make_a_verdict(seeds, expected):
    judgement = judge_number(Printed.parse("0.85"), found(0.8, 0.9, seeds), SHARE, "higher")
    assert (judgement.verdict, judgement.few) == (expected, seeds < 5)
    assert ("estimate" in judgement.why) == (seeds < 5)


def test_one_seed_without_interval():
    one = Interval(0.8, None, None, None, None, 1)
    assert judge_number(Printed.parse("0.85"), one, SHARE, "higher") == too_few(1)
    assert "1 seed gives an estimate only, a verdict needs 5" in too_few(1).why
    assert "4 seeds give" in too_few(4).why


def test_inside_a_wide_interval_we_cannot_tell_and_say_what_would():
    judgement = judge_number(Printed.parse("0.85"), found(0.6, 0.9, narrow=False), SHARE, "higher")
    assert judgement.verdict == "cannot tell" and "About 9 seeds would decide it" in judgement.why
    never = judge_number(Printed.parse("0.85"), found(0.6, 0.9, narrow=False, enough=None), SHARE, "higher")
    assert "Single runs vary by more than 5 points, so no number of seeds would decide it" in never.why
    assert judge_number(Printed.parse("0.95"), found(0.6, 0.9, narrow=False), SHARE, "higher").verdict in OUTSIDE


def test_a_printed_range_stands_as_it_is():
    assert verdict("4~5", 5.0, 6.0, "lower") == "reproduced"
    assert verdict("4~5", 5.01, 6.0, "lower") == "not reproduced"
    assert verdict("4~5", 3.0, 3.99, "lower") == "better"


@given(RUNS, FIGURES, st.integers(0, 40))
def test_a_figure_moved_away_is_never_reproduced_again(values, claimed, further):
    interval = one_run(values, SHARE, 385, 385)
    side = 1 if float(claimed) >= interval.mean else -1
    moved = f"{float(claimed) + side * further / 100:.2f}"
    before, after = (judge_number(Printed.parse(text), interval, SHARE, "higher").verdict for text in (claimed, moved))
    assert before not in OUTSIDE or after in OUTSIDE
    assert before == "reproduced" or after != "reproduced"


@given(RUNS, FIGURES, st.floats(0.01, 1))
def test_a_narrower_margin_never_confirms_and_never_rules_out(values, claimed, share):
    tight = Scale("share", SHARE.figure * share, SHARE.ordering)
    wide, narrow = (
        judge_number(Printed.parse(claimed), one_run(values, scale, 385, 385), scale, "higher").verdict
        for scale in (SHARE, tight)
    )
    assert narrow == wide or (wide, narrow) == ("reproduced", "cannot tell")


@given(st.lists(st.integers(-20, 20).map(lambda step: step / 100), min_size=5, max_size=8), FIGURES, st.floats(1, 4))
def test_more_spread_neither_rules_out_nor_confirms(deviations, claimed, factor):
    centred = np.array(deviations) - np.mean(deviations)
    intervals = [one_run([POSITIVE.back(log(0.5) + size * x) for x in centred], POSITIVE) for size in (1, factor)]
    before, after = (judge_number(Printed.parse(claimed), one, POSITIVE, "lower").verdict for one in intervals)
    assert after not in OUTSIDE or before == after
    assert after != "reproduced" or before != "cannot tell"


# Orderings


def pair(mean: float, half: float, enough: int | None = 7, step: float = 0.01) -> Difference:
    return Difference(mean, mean - half, mean + half, 0.5, 5, 0.03, enough, step)


@pytest.mark.parametrize(
    ("mean", "half", "p", "expected", "words"),
    [
        (0.1, 0.05, 0.049, "reproduced", "the same way: difference +10.0 points (+5.0 to +15.0), corrected p = 0.049"),
        (0.1, 0.05, 0.05, "cannot tell", "about 7 seeds would settle it to within 1 point"),
        (-0.1, 0.05, 0.01, "refuted", "the other way: difference -10.0 points"),
        (-0.1, 0.05, 0.2, "cannot tell", "corrected p = 0.200"),
        (0.004, 0.006, 0.2, "no difference", "the interval is within the margin"),
        (0.004, 0.0061, 0.2, "cannot tell", ""),
        (0.0, 0.0, 0.0, "no difference", ""),
        (0.004, 0.001, 0.01, "reproduced", ""),  # small, and there
    ],
)
def test_pairs(mean, half, p, expected, words):
    judgement = judge_pair(pair(mean, half), p, SHARE)
    assert judgement.verdict == expected
    assert words in judgement.why


def test_a_pair_that_a_thousand_seeds_would_not_decide_says_so():
    assert "not even 1,000 seeds would settle it to within 1 point" in judge_pair(pair(0.1, 0.2, None), 0.3, SHARE).why


def test_a_narrow_interval_beside_the_margin_asks_for_no_seeds():
    said = judge_pair(pair(0.008, 0.009, 5), 0.1, SHARE)
    assert (said.verdict, said.why[-43:]) == ("cannot tell", "the interval reaches past the margin of 1 point"[-43:])


def test_other_figures_than_shares_differ_by_a_factor():
    assert difference_text(pair(log(2), log(2)), POSITIVE) == "2.000 times (1.000 to 4.000)"
    assert difference_text(pair(2000.0, 0.0), POSITIVE).startswith("1")  # and no overflow


@given(st.lists(st.integers(-10, 10).map(lambda step: step / 100), min_size=5, max_size=8), st.floats(0, 0.5))
def test_a_difference_that_grows_is_never_refuted_or_lost(differences, more):
    before, after = (difference([x + add for x in differences], 0.01) for add in (0.0, more))
    told = [judge_pair(one, one.p, SHARE).verdict for one in (before, after)]
    assert told[1] != "refuted" or told[0] == "refuted"
    assert told[0] != "reproduced" or told[1] == "reproduced"


@given(st.lists(st.integers(-10, 10).map(lambda step: step / 100), min_size=5, max_size=8), st.floats(1, 9))
def test_correction_only_takes_away(differences, factor):
    one = difference(differences, 0.01)
    plain, corrected = (judge_pair(one, min(1.0, one.p * by), SHARE).verdict for by in (1, factor))
    assert corrected == plain or (plain in ("reproduced", "refuted") and corrected in ("cannot tell", "no difference"))


@given(st.lists(st.integers(-10, 10).map(lambda step: step / 1000), min_size=5, max_size=8), st.floats(0.01, 1))
def test_a_narrower_margin_of_orderings_makes_no_difference_of_nothing(differences, share):
    one = difference(differences, 0.01)
    wide, narrow = (judge_pair(replace(one, step=0.01 * by), one.p, SHARE).verdict for by in (1, share))
    assert narrow == wide or (wide, narrow) == ("no difference", "cannot tell")


def test_a_chain_is_as_good_as_its_weakest_pair():
    good, none, open_, bad = (Judgement(name, "") for name in ("reproduced", "no difference", "cannot tell", "refuted"))
    assert weakest([good, open_, good], [0.01, 0.2, 0.01]) == 1
    assert weakest([none, open_, bad], [0.5, 0.2, 0.01]) == 2
    assert weakest([good, none], [0.01, 0.9]) == 1
    assert weakest([good, good], [0.01, 0.02]) == 1


# Facts and texts


def test_facts_are_equal_or_not():
    assert judge_fact("2630", ["2630", "2630"]).verdict == "reproduced"
    judgement = judge_fact("2630", ["2630", "2650"])
    assert judgement.verdict == "not reproduced"
    assert "2650" in judgement.why


def test_a_long_text_is_cut_in_the_reason_only():
    song = " ".join(["g8"] * 54)
    assert judge_fact(song, [song]).why == f"equal: {song[:60]} …"
    judgement = judge_fact(song, [song + " e8"])
    assert judgement.verdict == "not reproduced" and len(judgement.why) < 160
    assert (brief("x" * 60), brief("x" * 61)) == ("x" * 60, "x" * 60 + " …")


@pytest.mark.parametrize(
    ("same", "other", "expected"),
    [
        (1, 3, "not attempted"),
        (5, 0, "reproduced"),
        (2, 3, "reproduced"),
        (1, 4, "cannot tell"),  # 1 in 5 may be rarer than 1 in 20
        (0, 5, "cannot tell"),
        (0, 60, "not reproduced"),
    ],
)
def test_a_text_of_one_run_is_reproduced_if_it_is_not_rare(same, other, expected):
    judgement = judge_text_of_a_run("a", ["a"] * same + ["b"] * other)
    assert judgement.verdict == expected
    if same + other >= 5:
        assert f"{same} of our {same + other} runs print it" in judgement.why


def test_one_more_run_that_prints_it_never_makes_it_rarer():
    order = ("not reproduced", "cannot tell", "reproduced")
    told = [order.index(judge_text_of_a_run("a", ["a"] * same + ["b"] * (60 - same)).verdict) for same in range(61)]
    assert told == sorted(told) and set(told) == {0, 1, 2}


def test_the_rule_names_its_verdicts():
    text = " ".join(RULE)
    for name in VERDICTS:
        assert name in ("failed", "consistent", "not attempted") or f"`{name}`" in text, name


def test_the_rule_names_its_numbers():
    text = " ".join(RULE)
    for words in ("5 points for a share", "a factor of 1.25 for an error", "within 1 point", "Fewer than 5 seeds"):
        assert words in text, words


def test_numbers_for_people():
    assert [shown(value) for value in (0.0, 0.34812, 0.00042, 12.34, 1569.4)] == [
        "0.000",
        "0.348",
        "0.0004",
        "12.3",
        "1,569",
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("reproduced", "reproduced", "reproduced"),
        ("refuted", "refuted", "refuted"),
        ("refuted", "reproduced", "ambiguous"),
        ("reproduced", "no difference", "ambiguous"),
        ("refuted", "cannot tell", "cannot tell"),
        ("not attempted", "reproduced", "not attempted"),
        ("contradicts itself", "contradicts itself", "contradicts itself"),
        ("contradicts itself", "reproduced", "ambiguous"),
        ("not supported by its own figures", "cannot tell", "cannot tell"),
    ],
)
def test_two_readings_have_a_verdict_together(first, second, expected):
    joined = both_readings(Judgement(first, "p = 1"), Judgement(second, "p = 2", few=True))
    assert joined.verdict == expected
    assert joined.why == "in the first reading, p = 1; in the other, p = 2"
