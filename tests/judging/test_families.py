"""Which tests are corrected together: each distinct one once, those that were not run too, and nothing else."""

import numpy as np
import pytest

from pipeline.judging import families
from pipeline.judging.families import factors as both_factors
from pipeline.judging.findings import Found, Pair
from pipeline.judging.judgement import judge_documents
from tests.made_documents import document, number, ordering, rows

AB, BC, AC = (["a x", "b x"], ["b x", "c x"], ["a x", "c x"])


def with_p(*p: float) -> Found:
    return Found(pairs=tuple(Pair("first", "second", None, 0.1, 5, one) for one in p))


def factors(claims: list, found: list) -> list[float]:
    """The factors of claims that hold."""
    return [same for same, _ in both_factors(claims, found)]


def test_a_claim_without_a_family_stands_alone():
    claims = [ordering("one", AB), ordering("two", BC), number("three", "0.5", "loss")]
    assert factors(claims, [with_p(0.01), with_p(0.04), Found()]) == [1, 1, 1]


def test_a_family_is_corrected_after_holm():
    claims = [ordering(name, chain, family="f") for name, chain in (("one", AB), ("two", BC), ("three", AC))]
    assert factors(claims, [with_p(0.01), with_p(0.04), with_p(0.03)]) == pytest.approx([3, 0.06 / 0.04, 2])


def test_two_families_do_not_meet():
    claims = [ordering("one", AB, family="f"), ordering("two", BC, family="g"), ordering("three", AC, family="f")]
    assert factors(claims, [with_p(0.01), with_p(0.01), with_p(0.02)]) == pytest.approx([2, 1, 1])


def test_the_same_test_said_twice_is_one():
    claims = [ordering(name, AB, family="f") for name in ("one", "two", "three")]
    assert factors(claims, [with_p(0.01)] * 3) == [1, 1, 1]
    assert (
        families.test_of(claims[0])
        == families.test_of(claims[1])
        != families.test_of(ordering("one", AB, protocol="corrected"))
    )
    assert families.test_of(claims[0]) == families.test_of(ordering("one", ["b x", "a x"]))  # it is two-sided
    longer = [families.test_of(ordering("one", chain)) for chain in (["a x", "b x", "c x"], ["c x", "b x", "a x"])]
    assert longer[0] != longer[1]


def test_a_declared_test_that_was_not_run_counts():
    claims = [ordering("one", AB, family="f"), ordering("two", BC, family="f"), ordering("three", AC, family="f")]
    assert factors(claims, [with_p(0.01), Found(), Found()])[0] == pytest.approx(3)
    assert factors(claims, [with_p(0.01), with_p(0.9), with_p(0.8)])[0] == pytest.approx(3)


def test_a_chain_is_as_sure_as_its_weakest_pair_and_has_no_correction_inside():
    chain = ["a x", "b x", "c x"]
    assert factors([ordering("one", chain)], [with_p(0.01, 0.04)]) == [1]
    found = factors([ordering("one", chain, family="f"), ordering("two", AC, family="f")], [with_p(1e-9, 0.04)] * 2)
    assert found == pytest.approx([2, 2])
    pair = [ordering("one", chain, family="f"), ordering("two", BC, family="f")]
    assert factors(pair, [with_p(0.01, 0.04), with_p(0.03)]) == pytest.approx([0.06 / 0.04, 2])


def test_one_pair_refutes_a_chain_and_is_corrected_as_if_it_stood_alone():
    chain = [ordering("one", ["a x", "b x", "c x"], family="f")]
    others = [ordering(name, [f"{name} x", "d x"], family="f") for name in "pqrs"]
    found = [with_p(0.0103, 0.92), *[with_p(0.5)] * 4]
    same, other = both_factors(chain + others, found)[0]
    assert same == pytest.approx(1 / 0.92) and other == pytest.approx(5)  # so p = 0.0103 * 2 * 5
    alone = [ordering("one", AB, family="f"), *others]
    assert both_factors(alone, [with_p(0.0103), *[with_p(0.5)] * 4])[0] == pytest.approx((5, 5))


def test_p_of_nothing_stays_nothing():
    claims = [ordering("one", AB, family="f"), ordering("two", BC, family="f")]
    assert factors(claims, [with_p(0.0), with_p(0.03)]) == [1, pytest.approx(1)]


# In whole documents

TERMS = {pair: [f"{pair[0]} test_accuracy", f"{pair[1]} test_accuracy"] for pair in ("ab", "bc", "ac")}
SPREAD = np.array([0.0, 0.01, -0.01, 0.02, -0.02, 0.005])


def told(*claims, experiments="abc"):
    """The records of the claims, with `a` above `b` above `c`."""
    means = {"a": 0.75 + SPREAD, "b": 0.70 + SPREAD[::-1], "c": 0.69 + np.roll(SPREAD, 2)}
    runs = [row for name in experiments for row in rows(name, list(means[name]))]
    return {record["id"]: record for record in judge_documents([document(*claims)], runs)}


def test_an_unrelated_claim_changes_nothing():
    one = ordering("one", TERMS["ab"], family="f")
    others = [ordering("two", TERMS["bc"], family="g"), ordering("three", TERMS["ac"]), number("four", "0.7")]
    assert told(one)["9.one"] == told(one, *others)["9.one"] == told(*others, one)["9.one"]


def test_what_happens_to_run_changes_no_other_verdict():
    claims = [ordering("one", TERMS["ab"], family="f"), ordering("two", TERMS["bc"], family="f")]
    assert told(*claims)["9.one"]["p"] == told(*claims, experiments="ab")["9.one"]["p"]
    assert told(*claims, experiments="ab")["9.two"]["verdict"] == "not attempted"


def test_a_test_said_twice_names_the_first():
    records = told(ordering("one", TERMS["ab"]), ordering("two", TERMS["ab"]), ordering("three", TERMS["ac"]))
    assert [records[f"9.{name}"]["same_test_as"] for name in ("one", "two", "three")] == ["", "9.one", ""]
    assert records["9.one"]["p"] == records["9.two"]["p"]


def test_a_pair_that_points_the_other_way_is_one_of_several_that_could():
    chain = ["a test_accuracy", "c test_accuracy", "b test_accuracy"]
    alone, chained = told(ordering("one", chain[1:])), told(ordering("one", chain))
    assert chained["9.one"]["p"] == pytest.approx(2 * alone["9.one"]["p"])
    up = told(ordering("one", ["a test_accuracy", "b test_accuracy", "c test_accuracy"]))["9.one"]
    assert up["p"] == pytest.approx(told(ordering("one", TERMS["bc"]))["9.one"]["p"])
