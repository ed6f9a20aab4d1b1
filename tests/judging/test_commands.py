"""The commands that would run what has not been run."""

import pytest

from pipeline.judging.commands import ON_ORIGINALS, originals_of, run_all, run_more_seeds
from tests.made_documents import document, number

HERE = document(number("one", "0.7"))
ELSEWHERE = document(number("one", "0.7"), originals="sounds")


def test_what_needs_no_original_runs_with_all_or_alone():
    assert run_all(HERE, ["a", "b"]) == "`make reproduce ALL=1`, or alone `dvc exp run -S 'run.experiments=[a,b]'`"


def test_originals_are_fetched_once():
    assert originals_of(ELSEWHERE, ["a", "b"]) == ["sounds"]
    assert run_all(ELSEWHERE, ["a"]) == (
        "`make reproduce ALL=1 ORIGINALS=1`, or alone "
        "`dvc exp run -S 'run.experiments=[a]' -S 'run.originals=[sounds]'`"
    )


@pytest.mark.parametrize(("home", "words"), [(HERE, "ALL=1 SEEDS=6"), (ELSEWHERE, "ALL=1 ORIGINALS=1 SEEDS=6")])
def test_more_seeds(home, words):
    assert run_more_seeds(home, ["a"], 6) == f"`make reproduce {words}`"


def test_the_sample_says_how_to_get_originals():
    assert "`make reproduce ORIGINALS=1`" in ON_ORIGINALS
