"""Claims with a known truth: which runs they are planted in, who plays the document, what is wrong with false ones."""

from collections import Counter

import numpy as np
import pytest

from pipeline.judging.planted import false_figures, halves, pairs_of, series_of, true_figures
from pipeline.judging.scales import POSITIVE, SHARE
from tests.made_documents import rows

SIX = [0.70, 0.72, 0.69, 0.71, 0.73, 0.705]


def trained(experiment, values=SIX, loss=0.5, **changes):
    """Runs of 8 epochs with a history of the loss, which is lower by a tenth after each epoch."""
    runs = rows(experiment, values, epochs=8, **changes)
    for row in runs:
        row["history"] = {"loss": [loss * 0.9**epoch + row["seed"] / 1000 for epoch in range(8)]}
    return runs


def hows(series):
    return Counter(one.how for one in false_figures(series))


def test_a_series_is_a_figure_by_seed():
    found = {one.metric: one for one in series_of(trained("a"))}
    assert set(found) == {"test_accuracy", "loss@2", "loss@4", "loss@8"}
    accuracy, loss = found["test_accuracy"], found["loss@4"]
    assert (accuracy.values, accuracy.size, accuracy.scale) == (dict(enumerate(SIX)), 385, SHARE)
    assert (loss.name, loss.size, loss.scale, loss.chance) == ("loss", None, POSITIVE, None)
    assert loss.values[3] == pytest.approx(0.5 * 0.9**3 + 0.003)


def test_what_would_be_guessed_is_known_where_there_are_labels():
    found = {one.metric: one.chance for one in series_of(trained("a", labels=list("abcde")))}
    assert (found["test_accuracy"], found["loss@4"]) == (0.2, None)


@pytest.mark.parametrize(
    "changes", [{"fold": 1}, {"ensemble": True}, {"epochs": 0}], ids=["of a fold", "an ensemble", "not trained"]
)
def test_runs_that_are_no_series(changes):
    assert series_of([{**row, **changes} for row in trained("a")]) == []


def test_a_verdict_takes_five_and_one_more_plays_the_document():
    assert series_of(trained("a", SIX[:5])) == []
    assert series_of([*trained("a", SIX[:5]), *trained("a", SIX[:5], data="elsewhere")]) == []
    broken = trained("a")
    broken[2]["metrics"] = {"test_accuracy": None}
    assert "test_accuracy" not in {one.metric for one in series_of(broken)}


def test_every_seed_plays_the_document_once_and_judges_no_figure_of_its_own():
    series = [one for one in series_of(trained("a")) if one.metric == "test_accuracy"]
    planted = list(true_figures(series))
    assert [one.claimed for one in planted] == SIX
    assert {one.how for one in planted} == {"true"}
    for one in planted:
        assert sorted((*one.values, one.claimed)) == sorted(SIX)


def test_false_figures_are_of_something_else():
    one_network = series_of(trained("a"))
    assert hows(one_network) == {"other epochs": 3 * 2 * 6}
    two = series_of([*trained("a"), *trained("b")])
    assert hows(two)["another network"] == 4 * 2 * 6
    corrected = series_of([*trained("a"), *trained("b", protocol="corrected")])
    assert set(hows(corrected)) == {"other epochs", "another protocol"}
    assert set(hows(series_of([*trained("a"), *trained("b", family="sounds")]))) == {"other epochs"}
    assert hows(series_of(trained("a", labels=list("abcde"))))["shuffled labels"] == 1


def test_a_false_figure_is_judged_by_all_seeds_but_its_own():
    series = series_of([*trained("a"), *trained("b", [value - 0.3 for value in SIX])])
    planted = [one for one in false_figures(series) if one.series.metric == "test_accuracy"]
    for one in planted:
        assert len(one.values) == 5
        assert abs(one.claimed - np.mean(one.values)) == pytest.approx(0.3, abs=0.05)


def test_orderings_are_of_the_figure_at_the_end_of_two_networks_of_a_family():
    series = series_of([*trained("a"), *trained("b"), *trained("c", family="sounds"), *trained("d")])
    assert [(first.experiment, second.experiment) for first, second in pairs_of(series)] == [
        ("a", "b"),
        ("a", "d"),
        ("b", "d"),
    ]


def test_halves_take_no_value_twice():
    values = [1.0, 10.0, 100.0, 1000.0, 10000.0]
    found = halves(values, np.random.default_rng(1))
    assert len(found) == 2
    used = [a for difference in found for a in values for b in values if a - b == difference for a in (a, b)]
    assert len(used) == len(set(used)) == 4
