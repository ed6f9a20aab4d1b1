"""How many seeds would tell two entries apart: the number, the folds, and never."""

import pytest

from pipeline.judging.duels import duel, sentence
from pipeline.judging.scores import tables
from pipeline.judging.statistics import cautious, runs_needed
from tests.made_results import swept


def made(differences, folds=0, overlap=0.0):
    """A table in which `a` is so much better than `b`, a difference a run."""
    rows = swept(grid={"a": 0.0, "b": 0.0}, seeds=len(differences) // max(folds, 1), folds=folds, overlap=overlap)
    for row, difference in zip(rows, [*differences, *[0.0] * len(differences)], strict=True):
        row["metrics"]["test_accuracy"] = 0.5 + difference
    return tables(rows)[0]


def effect(found):
    return found.difference / found.deviation


def test_the_number_is_that_of_the_statistics():
    found = duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "a", "b")
    assert (found.difference, found.pairs, found.folds) == (pytest.approx(0.01), 5, 1)
    assert found.seeds == runs_needed(effect(found)) == 22
    assert found.cautious == runs_needed(cautious(effect(found), 5)) == 178
    assert sentence(found) == (
        "about 22 seeds would tell a from b if the difference is as seen (difference 0.010, deviation 0.016 over 5 "
        "paired runs); 178 if it is as small as the runs leave likely"
    )
    other = duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "b", "a")
    assert (other.difference, other.seeds, other.cautious) == (pytest.approx(-0.01), 22, 178)


def test_one_of_many_tests_takes_more():
    found = duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "a", "b", 21)
    assert found.seeds == runs_needed(effect(found), alpha=0.05 / 21) > 22
    assert ", one of 21 tests)" in sentence(found)
    assert duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "a", "b", 0).seeds == 22


def test_a_seed_is_a_run_in_every_fold():
    found = duel(made([0.01, 0.02, 0.03, -0.01, 0.0, 0.01], folds=2), "a", "b")
    runs = runs_needed(effect(found))
    assert (found.folds, found.seeds) == (2, -(-runs // 2))
    assert f"about {found.seeds} seeds of 2 folds each would tell" in sentence(found)


def test_a_test_takes_five_runs():
    assert duel(made([0.1] * 5), "a", "b").seeds == duel(made([0.1] * 5), "a", "b").cautious == 5
    assert duel(made([0.1] * 9, folds=3), "a", "b").seeds == 2
    assert duel(made([0.1, 0.2, 0.1, 0.2]), "a", "b") is None


@pytest.mark.parametrize(
    ("differences", "overlap", "words"),
    [
        (
            [0.01, -0.01, 0.0, 0.02, -0.02],
            0.0,
            "no number of seeds would tell a from b: they do not differ on average over 5 paired",
        ),
        (
            [0.02, 0.01, 0.03, -0.01, 0.0],
            0.25,
            "the runs share training examples, and that leaves an uncertainty of 0.008",
        ),
        ([1.0, -1.0, 1.0, -1.0, 1e-6], 0.0, "more than 1,000,000 runs would be needed to tell a from b"),
    ],
)
def test_never_has_its_reason(differences, overlap, words):
    found = duel(made(differences, overlap=overlap), "a", "b")
    assert found.seeds is None
    assert words in sentence(found)


def test_where_they_may_not_differ_at_all_it_says_so():
    found = duel(made([0.02, -0.02, 0.03, -0.01, 0.0]), "a", "b")
    assert found.seeds is not None and found.cautious is None
    assert sentence(found).endswith("; but the runs leave it open whether they differ at all")


def test_unknown_entries():
    with pytest.raises(KeyError, match="c"):
        duel(made([0.1] * 5), "a", "c")
