"""How many seeds would tell two entries apart: the number, the folds, and never."""

import pytest

from pipeline.judging.duels import duel, sentence
from pipeline.judging.scores import tables
from pipeline.judging.statistics import runs_needed
from tests.made_results import swept


def made(differences, folds=0, overlap=0.0):
    """A table in which `a` is so much better than `b`, a difference a run."""
    rows = swept(grid={"a": 0.0, "b": 0.0}, seeds=len(differences) // max(folds, 1), folds=folds, overlap=overlap)
    for row, difference in zip(rows, [*differences, *[0.0] * len(differences)], strict=True):
        row["metrics"]["test_accuracy"] = 0.5 + difference
    return tables(rows)[0]


def test_the_number_is_that_of_the_statistics():
    found = duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "a", "b")
    assert (found.difference, found.pairs, found.folds) == (pytest.approx(0.01), 5, 1)
    assert found.seeds == runs_needed(0.01, found.deviation) == 22
    assert (
        sentence(found) == "about 22 seeds would tell a from b (difference 0.010, deviation 0.016 over 5 paired runs)"
    )
    other = duel(made([0.01, 0.02, 0.03, -0.01, 0.0]), "b", "a")
    assert (other.difference, other.seeds) == (pytest.approx(-0.01), 22)


def test_a_seed_is_a_run_in_every_fold():
    found = duel(made([0.01, 0.02, 0.03, -0.01, 0.0, 0.01], folds=2), "a", "b")
    runs = runs_needed(found.difference, found.deviation)
    assert (found.folds, found.seeds) == (2, -(-runs // 2))
    assert f"about {found.seeds} seeds of 2 folds each would tell" in sentence(found)


def test_a_test_takes_three_runs():
    assert duel(made([0.1, 0.1, 0.1]), "a", "b").seeds == 3
    assert duel(made([0.1, 0.1, 0.1] * 3, folds=3), "a", "b").seeds == 1
    assert duel(made([0.1, 0.2]), "a", "b") is None


@pytest.mark.parametrize(
    ("differences", "overlap", "words"),
    [
        (
            [0.01, -0.01, 0.0],
            0.0,
            "no number of seeds would tell a from b: they do not differ on average over 3 paired",
        ),
        ([0.02, 0.01, 0.03, -0.01], 0.25, "the runs share training examples, and that leaves an uncertainty of 0.009"),
        ([1.0, -1.0, 1e-6], 0.0, "more than 1,000,000 runs would be needed to tell a from b"),
    ],
)
def test_never_has_its_reason(differences, overlap, words):
    found = duel(made(differences, overlap=overlap), "a", "b")
    assert found.seeds is None
    assert words in sentence(found)


def test_unknown_entries():
    with pytest.raises(KeyError, match="c"):
        duel(made([0.1] * 3), "a", "c")
