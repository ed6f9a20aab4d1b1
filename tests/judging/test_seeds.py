"""Which experiments get more seeds: by what is undecided, never by what is claimed, and within the budget."""

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judging.judgement import judge_documents
from pipeline.judging.seeds import Wish, asked_for, wanted, wishes
from pipeline.params import Params, parse
from tests.made_documents import DATA, document, number, ordering, rows

WIDE = [0.60, 0.66, 0.70, 0.75, 0.80]
MIDDLING = [0.678, 0.70, 0.722, 0.693, 0.707]
NARROW = [0.700, 0.701, 0.702, 0.699, 0.698]
CLOSE = ["a test_accuracy", "b test_accuracy"]
SPREAD = np.array([0.0, 0.02, -0.02, 0.03, -0.03])
NOTHING: dict[str, Any] = {"few": False, "seeds": None, "p": None, "enough": None, "kind": "number"}


def params(minutes: float = 1.0, **run: Any) -> Params:
    """Params of the networks a, b and c, each with so many minutes a seed."""
    entry = {"document": "000", "variant": "lstm", "units": 4, "epochs": 10, "samples": 100, "test": 50}
    entry |= {"labels": {"quick": True, "minutes": minutes}}
    values = {
        "run": {"most_seeds": 10, **run},
        "sounds": {"views": {}},
        "experiments": {"automata": dict.fromkeys("abc", entry)},
    }
    return parse(values)


PARAMS = params()


def asked(claims, runs, minutes=100.0, given=PARAMS, **part):
    return {wish.experiment: wish.seeds for wish in asked_for(given, [document(*claims, **part)], runs, minutes)}


def record(**fields: Any) -> dict[str, Any]:
    return {**NOTHING, "verdict": "cannot tell", **fields}


# What a claim asks for


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"seeds": 3, "few": True, "verdict": "not attempted"}, 5),
        ({"seeds": 5, "enough": 8}, 8),
        ({"seeds": 5, "enough": 11}, 0),  # more than there may be
        ({"seeds": 8, "enough": 8}, 0),
        ({"seeds": 5, "enough": None}, 0),
        ({"seeds": 5, "enough": 8, "verdict": "not reproduced"}, 8),
        ({"seeds": 5, "enough": 8, "verdict": "better"}, 8),
        ({"seeds": 5, "enough": 8, "verdict": "other data"}, 0),
        ({"seeds": 5, "enough": 8, "verdict": "shown only"}, 0),
        ({"seeds": 5, "enough": 8, "verdict": "contradicts itself"}, 0),
        ({"verdict": "not attempted"}, 0),
        ({"kind": "comparison", "seeds": 5, "p": 0.2}, 10),
        ({"kind": "comparison", "seeds": 5, "p": 0.001, "verdict": "reproduced"}, 10),
        ({"kind": "comparison", "seeds": 5, "p": 0.0009, "verdict": "reproduced"}, 0),
        ({"kind": "comparison", "seeds": 5, "p": 0.0009, "verdict": "refuted"}, 0),
        ({"kind": "comparison", "seeds": 5, "p": 0.2, "verdict": "no difference"}, 0),
        ({"kind": "comparison", "seeds": 10, "p": 0.2}, 0),
    ],
)
def test_a_claim_asks(fields, expected):
    assert wanted(record(**fields), 10) == expected


# Figures and orderings


@given(st.integers(0, 100))
def test_a_figure_asks_by_its_width_wherever_it_lies(percent):
    claims = [number("one", f"{percent / 100:.2f}")]
    expected = asked([number("one", "0.70")], rows("a", MIDDLING))
    assert expected["a"] > 5
    assert asked(claims, rows("a", MIDDLING)) == expected


def test_a_wide_figure_asks_for_as_many_as_it_takes_and_a_narrow_one_for_none():
    claim = number("one", "0.70")
    assert asked([claim], rows("a", NARROW)) == {}
    assert asked([claim], rows("a", WIDE)) == {}  # and where no number would do
    few = judge_documents([document(claim)], rows("a", MIDDLING))[0]
    assert asked([claim], rows("a", MIDDLING)) == {"a": few["enough"]}


def test_an_ordering_goes_on_until_it_is_beyond_doubt():
    claim = ordering("one", CLOSE)
    doubtful = [*rows("a", list(0.71 + SPREAD)), *rows("b", list(0.70 + SPREAD[::-1]))]
    assert asked([claim], doubtful) == {"a": 10, "b": 10}
    significant = [*rows("a", list(0.73 + SPREAD / 2)), *rows("b", list(0.70 - SPREAD / 4))]
    told = judge_documents([document(claim)], significant)[0]
    assert told["verdict"] == "reproduced" and told["p"] > 0.001
    assert asked([claim], significant) == {"a": 10, "b": 10}
    doubtless = [*rows("a", list(0.90 + SPREAD / 9)), *rows("b", NARROW)]
    assert asked([claim], doubtless) == {}


def test_an_ordering_within_the_margin_asks_for_none():
    alike = [
        *rows("a", NARROW),
        *rows("b", [value + 0.0001 * sign for value, sign in zip(NARROW, (1, -1, 1, -1, 1), strict=True)]),
    ]
    assert judge_documents([document(ordering("one", CLOSE))], alike)[0]["verdict"] == "no difference"
    assert asked([ordering("one", CLOSE)], alike) == {}


def test_too_few_seeds_ask_for_five():
    assert asked([number("one", "0.7")], rows("a", NARROW[:3])) == {"a": 5}
    assert asked([ordering("one", CLOSE)], [*rows("a", NARROW[:3]), *rows("b", NARROW)]) == {"a": 5}


def test_a_seed_of_the_documents_own_stream_adds_one():
    assert asked([number("one", "0.7")], rows("a", NARROW[:3]), own_stream=0) == {"a": 6}
    assert asked([number("one", "0.7")], rows("a", NARROW), own_stream=0) == {"a": 6}
    assert asked([number("one", "0.7")], rows("a", [*NARROW, 0.7]), own_stream=0) == {}


def test_no_more_than_there_are_windows_for():
    doubtful = [*rows("a", [0.7, *(0.71 + SPREAD)]), *rows("b", [0.7, *(0.70 + SPREAD[::-1])])]
    assert asked([ordering("one", CLOSE)], doubtful, own_stream=0) == {"a": 10, "b": 10}
    ten = [*rows("a", [*(0.71 + SPREAD), *(0.71 - SPREAD)]), *rows("b", [*(0.70 + SPREAD[::-1]), *(0.70 + SPREAD)])]
    assert asked([ordering("one", CLOSE)], ten, own_stream=0) == {}


@pytest.mark.parametrize("most", [0, 4])
def test_too_few_for_a_verdict_are_not_worth_asking_for(most):
    assert asked([number("one", "0.7")], rows("a", NARROW[:3]), given=params(most_seeds=most)) == {}


@pytest.mark.parametrize("kind", ["other", "sample"])
def test_nothing_is_asked_on_data_of_others(kind):
    changes = {"data": "elsewhere", "data_kind": kind}
    runs = [*rows("a", WIDE[:3], **changes), *rows("b", NARROW[:3], **changes)]
    assert asked([number("one", "0.7"), ordering("two", CLOSE)], runs) == {}
    assert asked([number("one", "0.7")], rows("a", NARROW[:3], data=DATA)) == {"a": 5}


def test_what_repeats_asks_for_nothing_of_its_own():
    twice = [number("one", "0.7"), number("two", "0.7", repeats="9.one")]
    (wish,) = asked_for(PARAMS, [document(*twice)], rows("a", NARROW[:3]), 100)
    assert wish.claims == ("9.one",)
    assert asked([number("two", "0.7", repeats="9.one")], rows("a", NARROW[:3])) == {}


def test_what_does_not_run_is_not_asked():
    assert asked([number("one", "0.7")], []) == {}
    assert asked([number("one", "0.7")], rows("a", NARROW[:3]), given=params(experiments=["b"])) == {}


# The budget

RECORDS = [
    record(id="9.one", experiment="a", repeats="", own_seed=False, seeds=3, few=True),
    record(id="9.two", experiment="b", repeats="", own_seed=False, seeds=3, few=True),
    record(id="9.three", experiment="b", repeats="", own_seed=False, seeds=3, few=True),
    record(id="9.four", experiment="c", repeats="", own_seed=False, seeds=1, few=True),
]
RUNS = [*rows("a", [0.5] * 3), *rows("b", [0.5] * 3), *rows("c", [0.5])]


def granted(minutes: float) -> list[str]:
    found = wishes(RECORDS, MappingProxyType(PARAMS.chosen()), RUNS, 10, minutes)
    assert sum(wish.minutes for wish in found) <= minutes
    return [wish.experiment for wish in found]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(8, ["b", "a", "c"]), (7.9, ["b", "a"]), (4, ["b", "a"]), (3.9, ["b"]), (1.9, [])]
)
def test_the_budget_goes_to_what_decides_most_claims_a_minute(minutes, expected):
    assert granted(minutes) == expected


def test_a_wish_counts_the_minutes_of_the_seeds_that_are_missing():
    found = wishes(RECORDS, params(minutes=0.5).chosen(), RUNS, 10, 100)
    assert [(wish.experiment, wish.minutes) for wish in found] == [("b", 1.0), ("a", 1.0), ("c", 2.0)]


@given(st.floats(0, 20), st.floats(0, 20))
def test_a_larger_budget_decides_no_fewer_claims(first, second):
    small, large = sorted((first, second))
    assert len(granted(small)) <= len(granted(large))


def test_without_a_budget_nothing_is_judged():
    assert asked_for(PARAMS, [], [{"nonsense": True}], 0) == []


def test_a_wish_in_words():
    assert Wish("a", 8, ("9.one",), 3.0).line == "a: 8 seeds could decide 9.one"
    assert Wish("a", 8, ("9.one", "9.two", "9.three"), 3.0).line == "a: 8 seeds could decide 9.one and 2 more"
