"""The list of claims of a document: what was not run is folded into one line with its command."""

import pytest

from pipeline.judging.judgement import judge_documents
from pipeline.params import load
from pipeline.report.families import families
from pipeline.report.listing import UNDONE, document
from pipeline.report.page import families_of
from tests.made_results import CLAIMS, runs
from tests.report.made_account import DOCUMENTS

ROWS = runs(("am_64",), 6)
RECORDS = judge_documents(DOCUMENTS, ROWS)
FAMILIES = families_of(families(ROWS, RECORDS, load(CLAIMS.parent / "params.yaml").experiments))


@pytest.fixture(scope="module")
def listed():
    return {one.document: document(one, RECORDS, FAMILIES) for one in DOCUMENTS}


def ids(claims):
    return [claim["id"] for claim in claims]


def figures(logs):
    return [claim["id"] for log in logs for line in log["lines"] for claim in line["claims"]]


def test_nothing_is_lost(listed):
    for name, one in listed.items():
        found = ids(one["said"] + one["undone_said"]) + figures(one["logs"] + one["undone_logs"])
        assert sorted(found) == sorted(ids(r for r in RECORDS if r["document"] == name))


def test_a_log_is_folded_only_if_none_of_its_figures_was_measured(listed):
    assert [log["name"] for log in listed["000"]["logs"]] == ["am_64-e10"]
    assert all("am_64" not in log["name"] for log in listed["000"]["undone_logs"])
    assert all(claim["verdict"] != UNDONE for one in listed.values() for claim in one["said"])


def test_the_line_counts_and_names_the_command(listed):
    told = listed["003"]["undone"]
    left = [r for r in RECORDS if r["document"] == "003" and r["verdict"] == UNDONE]
    assert told["count"] == sum(r["kind"] != "open" for r in left)
    assert told["count"] + told["untested"] == len(left)
    assert listed["000"]["undone"]["command"] == "make reproduce ALL=1 ORIGINALS=1 SEEDS=6"
    assert listed["004"]["undone"]["command"] == "make reproduce ALL=1 SEEDS=5"


def test_every_claim_has_the_families_of_its_experiments(listed):
    found = {claim["id"]: claim["families"] for claim in listed["000"]["said"] + listed["000"]["undone_said"]}
    assert found["000.am_64.example-1"] == "automata"
    assert found["000.cell-state"] == "product"


def test_a_claim_leads_to_its_runs(listed):
    claim = next(claim for claim in listed["000"]["said"] if claim["id"] == "000.am_64.example-1")
    assert [run["anchor"] for run in claim["run_table"]["rows"]] == [f"run-am_64-{seed}" for seed in range(6)]
