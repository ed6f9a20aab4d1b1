"""The kinds of evidence, one for every claim."""

import pytest

from pipeline.judging.evidence import EVIDENCE, evidence_of
from tests.made_documents import claim, document, number, ordering

FACT = {"experiment": "a", "metric": "parameters", "claimed": "3"}
HOLDS = {"figures": {"a": {"value": "1", "quote": "q"}}, "holds": "a == 1", "explanation": "e"}
SIDES = ["a test_accuracy", "b test_accuracy"]
TIMES = ["a cpu_seconds", "b cpu_seconds"]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (number("one", "0.5"), "measured figures"),
        (number("one", "3", "train_seconds"), "times"),
        (number("one", "0.5", reading="r"), "interpretations"),
        (ordering("one", SIDES), "orderings"),
        (ordering("one", TIMES), "times"),
        (ordering("one", SIDES, reading="r"), "interpretations"),
        (claim("ratio", "one", claimed="2", pairs=[TIMES]), "times"),
        (claim("ratio", "one", claimed="2", pairs=[["a test_mse", "b test_mse"]]), "measured figures"),
        (claim("fact", "one", **FACT), "structure"),
        (claim("fact", "one", **FACT, prints=True), "prints"),
        (claim("fact", "one", **FACT, one_run=True), "prints"),
        (claim("consistency", "one", **HOLDS), "consistency"),
        (claim("consistency", "one", **HOLDS, reading="r"), "consistency"),
        (claim("open", "one", reason="r", test="t"), "interpretations"),
    ],
)
def test_the_kind_of_evidence(one, expected):
    assert evidence_of(one, document(one)) == expected
    assert expected in EVIDENCE


def test_a_sentence_without_data_is_an_interpretation_but_its_parameters_are_not():
    for one, expected in (
        (number("one", "0.5"), "interpretations"),
        (ordering("one", TIMES), "interpretations"),
        (claim("fact", "one", **FACT), "structure"),
        (claim("fact", "one", **{**FACT, "metric": "rows"}), "interpretations"),
    ):
        assert evidence_of(one, document(one, reading="The document names no data.")) == expected
