"""The page of one's own sounds: licence and citation, the board, what was left out; foreign text stays text."""

from typing import Any

import pytest

from pipeline.judging.leaderboard import leaderboard
from pipeline.report.own import VERDICT, data_facts, leaks, mistakes, render, sentences
from tests.made_results import swept

CARD: dict[str, Any] = {
    "name": "birds",
    "licence": "CC BY-NC 3.0",
    "citation": "Piczak <2015>",
    "licences": {"CC0": 3, "CC BY": 2},
    "clips": 5,
    "recordings": 4,
    "longest": 5.0,
    "folds_given": False,
    "complete_folds": [1, 2],
    "rejected": 1,
    "silent": 2,
    "counts": {"owl <img>": [2, 1], "wren": [1, 1]},
    "unusable": [["a<b>.wav", "empty file"]],
}


def entry(name: str, variant: str, mean: float | None, letters: str = "") -> dict[str, Any]:
    return {"entry": name, "variant": variant, "mean": mean, "letters": letters}


def test_the_best_network_is_held_against_the_forest() -> None:
    entries = [
        entry("f", "forest", 0.84, "a"),
        entry("n", "gru", 0.8, "b"),
        entry("m", "lstm", 0.5),
        entry("x", "gru", None),
    ]
    assert sentences([{"entries": entries}]) == [
        "the best is f (0.840)",
        "the best recurrent network, n (0.800), is 0.040 below the forest, f (0.840)",
    ]
    entries[1]["mean"] = 0.9
    assert "0.060 above the forest" in sentences([{"entries": [entries[1], entries[0]]}])[1]
    entries[1]["letters"] = "ab"
    assert sentences([{"entries": entries}])[1].endswith("but these runs cannot tell the two apart")
    entries[1]["letters"] = ""
    assert sentences([{"entries": entries}])[1].endswith("these are too few runs for a test")
    assert sentences([{"entries": [entry("n", "gru", 0.8)]}]) == ["the best is n (0.800)"]
    assert sentences([{"entries": [entry("x", "gru", None)]}]) == ["no run ended with a finite number"]


def test_the_page_says_whose_the_sounds_are_and_that_no_claim_is_judged() -> None:
    page = render(CARD, [], leaderboard(swept(("sounds",)))["boards"], {}, {})
    assert "CC BY-NC 3.0" in page and "Piczak &lt;2015&gt;" in page and "CC BY (2), CC0 (3)" in page
    assert "owl &lt;img&gt;" in page and "a&lt;b&gt;.wav: empty file" in page
    assert "UrbanSound8K" not in page and "<code>other data</code>" in page and "`other data`" in VERDICT
    assert '<table class="board">' in page and 'src="http' not in page


@pytest.mark.parametrize(("given", "words"), [(True, "given with the sounds"), (False, "made by recording")])
def test_folds_are_given_or_made(given: bool, words: str) -> None:
    assert words in dict(data_facts(CARD | {"folds_given": given}))["folds"]


def test_a_leak_is_counted() -> None:
    assert leaks({"v": {"fold_1": {"shared": 0}}}).startswith("No recording")
    assert leaks({"v": {"fold_1": {"shared": 2}, "fold_2": {"shared": 1}}}).startswith("3 test clips")


def test_the_surest_mistakes_come_first() -> None:
    shown = [
        {"truth": "a", "estimate": estimate, "probability": sure, "clip": f"{sure}.wav"}
        for estimate, sure in (("a", 0.9), ("b", 0.5), ("b", 0.8))
    ]
    found = mistakes([{"experiment": "us_best", "examples": shown}, {"experiment": "us_forest"}])
    assert [one["probability"] for one in found] == [0.8, 0.5]
