"""Every pair of a board: which are tested, that they are corrected together, and what chance does to labels."""

from itertools import combinations

import numpy as np
import pytest

from pipeline.judging.pairwise import compare
from pipeline.judging.scores import common_folds, differences, tables
from pipeline.judging.statistics import holm, improvement, paired
from tests.made_results import swept


def test_all_pairs_are_corrected_together():
    table = tables(swept(overlap=0.1))[0]
    pairs = list(combinations(table.lines, 2))
    expected = holm([paired(differences(table, a, b), 0.1) for a, b in pairs])
    found = compare(table, table.lines)
    assert [found.between(b.entry, a.entry) for a, b in pairs] == pytest.approx(expected)
    assert len(found.p) == 21
    assert found.untested == []


def test_letters_follow_the_order_that_is_given():
    table = tables(swept(grid={"low": 0.1, "high": 0.9, "alike": 0.9}))[0]
    low, high, alike = table.lines
    assert compare(table, [high, alike, low]).letters == {"high": "a", "alike": "a", "low": "b"}


def test_too_few_runs_in_common_are_no_test():
    rows = [row for row in swept() if row["entry"] != "rnn" or row["seed"] < 4]
    table = tables(rows)[0]
    found = compare(table, table.lines)
    assert len(found.p) == 15
    assert "rnn" not in found.letters
    assert found.between("lstm", "rnn") is None
    assert found.untested == []


def test_an_entry_that_others_can_be_held_against_names_the_one_that_cannot():
    keep, rows = {"a": range(6), "b": range(2, 8), "c": range(8)}, swept(grid={"a": 0.9, "b": 0.5, "c": 0.1}, seeds=8)
    table = tables([row for row in rows if row["seed"] in keep[row["entry"]]])[0]
    found = compare(table, table.lines)
    assert set(found.p) == {("a", "c"), ("b", "c")}
    assert found.untested == [("a", "b")]
    assert set(found.letters) == {"a", "b", "c"}


def test_nobody_and_one_alone_have_no_letters():
    table = tables(swept(grid={"lstm": 0.9}))[0]
    assert compare(table, table.lines).letters == {}
    assert compare(table, []).p == {}


def test_labels_dealt_out_anew_tell_nothing():
    """Exchanging the entries' labels among the runs of a seed brings every entry to chance."""
    random, better, found = np.random.default_rng(5), [], []
    rows = swept(grid={"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.1})
    scores = np.array([row["metrics"]["test_accuracy"] for row in rows]).reshape(4, 5)
    for _ in range(300):
        dealt = random.permuted(scores, axis=0).ravel().tolist()
        fresh = [row | {"metrics": {"test_accuracy": one}} for row, one in zip(rows, dealt, strict=True)]
        table = tables(fresh)[0]
        better.append([improvement(*common_folds(table, table.lines[0], other)) for other in table.lines[1:]])
        found.append(min(compare(table, table.lines).p.values()) < 0.05)
    assert np.mean(better, axis=0) == pytest.approx([0.5] * 3, abs=0.05)
    assert np.mean(found) < 0.08  # the chance of any false finding on a board, after the correction
