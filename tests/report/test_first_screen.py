"""The first screen: one word for each document, one mark for each claim, and at most five findings."""

import pytest

from pipeline.judging.verdicts import VERDICTS
from pipeline.report.mosaic import ACROSS, STEP, mosaic
from pipeline.report.origin import data_lines, origin_of
from pipeline.report.outcome import GROUP, ON_PAPER, counts_of, outcomes, sentence, word
from pipeline.report.surprises import MOST, effect, picture, surprises
from tests.made_results import runs
from tests.report.made_account import DOCUMENTS, account

RUN = [{"run_key": "a"}]


def claim(verdict, evidence="measured figures", document="000", ran=True, **changes):
    return {
        "id": f"{document}.a",
        "document": document,
        "kind": "number",
        "evidence": evidence,
        "verdict": verdict,
        "repeats": "",
        "same_test_as": "",
        "runs": RUN if ran else [],
        "claimed": 0.5,
        "measured": None,
        "low": None,
        "high": None,
        "margin": "5 points",
        "unit": "",
    } | changes


def test_every_verdict_belongs_to_one_group():
    assert set(GROUP) == set(VERDICTS)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["reproduced"], "holds"),
        (["better", "consistent"], "holds"),
        (["reproduced", "refuted"], "holds in part"),
        (["not reproduced", "no difference"], "does not hold"),
        (["reproduced", "not attempted"], "holds"),  # half are decided
        (["reproduced", "not attempted", "cannot tell"], "holds, so far"),
        (["refuted", "not attempted", "other data"], "does not hold, so far"),
        (["cannot tell", "not attempted"], "not decided here"),
        (["other data"], "not decided here"),
        (["not attempted"], "not run here"),
        ([], "not decided here"),
    ],
)
def test_the_word_of_a_document(verdicts, expected):
    assert word([claim(verdict) for verdict in verdicts]) == expected


@pytest.mark.parametrize("evidence", ON_PAPER)
def test_paper_alone_makes_no_document_hold(evidence):
    paper = claim("reproduced", evidence)
    assert word([paper]) == "not decided here"
    assert word([paper, claim("not attempted")]) == "not run here"
    assert word([paper, claim("not attempted", kind="open")]) == "not decided here"  # no experiment is there for it
    assert word([paper, claim("refuted")]) == "holds in part"
    for ran in (False, True):  # beside runs too, the document's own figures decide
        own = claim("not supported by its own figures", "times", ran=ran)
        assert word([own]) == "not decided here" and counts_of([own])["paper"] == 1


def test_what_repeats_is_counted_where_it_comes_from():
    assert word([claim("reproduced"), claim("refuted", repeats="001.a")]) == "holds"
    records = [claim("reproduced", document="001", repeats="000.a")]
    assert outcomes(DOCUMENTS[1:2], records)[0]["sentence"] == "1 more claim of it repeats another document."


def test_the_sentence_says_what_the_word_rests_on():
    records = [claim("reproduced"), claim("refuted"), claim("consistent", "consistency"), claim("not attempted")]
    assert sentence(counts_of(records)) == (
        "Of 2 claims decided by runs, 1 holds. Of 1 claim decided on paper, 1 holds. "
        "The others: 1 not run or by too few seeds."
    )


def test_every_claim_has_its_mark():
    records = [claim("reproduced")] * ACROSS + [claim("refuted"), claim("refuted", repeats="001.a")]
    row = mosaic(DOCUMENTS, records)[0]
    cell = row["cells"][0]
    assert (row["total"], cell["total"], cell["text"]) == (17, 17, "16 reproduced, 1 refuted")
    assert [path["path"].count("M") for path in cell["paths"]] == [16, 1]
    assert cell["paths"][1]["path"].startswith(f"M0 {STEP}m")  # the second line
    assert cell["height"] == 2 * STEP
    assert row["cells"][1]["text"] == "no claims"


def measured(verdict, size, **changes):
    """A figure that is `size` half widths from the middle of our interval."""
    return claim(verdict, measured=0.5, low=0.4, high=0.6, claimed=0.5 + 0.1 * size, **changes)


def test_one_finding_a_document_before_the_second_of_any():
    found = surprises([measured("not reproduced", size, document=d) for d in ("002", "000") for size in (2, 4, 3)])
    assert [(one["document"], round(effect(one))) for one in found] == [
        ("000", 4),
        ("002", 4),
        ("000", 3),
        ("002", 3),
        ("000", 2),
    ]
    assert len(found) == MOST


def test_refuted_comes_before_what_is_further_off():
    found = surprises([measured("not reproduced", 9), claim("contradicts itself"), measured("refuted", 1.5)])
    assert [one["verdict"] for one in found] == ["refuted", "not reproduced", "contradicts itself"]


def test_what_holds_repeats_or_shares_a_test_is_no_finding():
    others = [claim("refuted", repeats="000.b"), claim("refuted", same_test_as="000.b"), claim("cannot tell")]
    assert surprises([*others, claim("reproduced")]) == []


def test_an_ordering_is_held_against_no_difference():
    share = claim("refuted", kind="comparison", measured=-0.04, mean_low=-0.06, mean_high=-0.02, margin="1 point")
    factor = {**share, "margin": "a factor of 1.05", "measured": 0.1, "mean_low": 0.01, "mean_high": 1.0}
    assert effect(share) == pytest.approx(2)
    assert effect(factor) == pytest.approx(1)
    assert picture(share) == {"low": 4.0, "mean": 34.7, "high": 65.3, "mark": 96.0}
    assert picture(claim("refuted")) is None


def test_an_interval_without_width():
    same = claim("not reproduced", measured=0.5, low=0.5, high=0.5, claimed=0.5)
    assert effect(same) == 0.0
    assert effect({**same, "claimed": 0.6}) == float("inf")
    assert picture(same)["mark"] == 4.0


def test_the_data_are_named_and_the_sample_is_called_synthetic():
    lines = data_lines([*runs(("am_64",), 2), *runs(("us_basic_10_10",), 1, "sample")])
    assert lines[0] == "automata: 2 runs on automata strings."
    assert lines[1].startswith("sounds: 1 run on the built-in sample. They are synthetic")
    assert "ORIGINALS=1" in lines[1]
    assert "not the document's data" in data_lines(runs(("us_basic_10_10",), 1, "other"))[0]


def test_a_result_can_be_cited_from_the_first_screen():
    told = dict(origin_of(account()))
    assert told["commit"] == "c0ffee" and told["machine"] == "Linux, 2 cores"
    assert told["runs"].startswith("3, begun 2026-11-26")
    assert dict(origin_of(account([], [])))["commit"] == "not stated"
