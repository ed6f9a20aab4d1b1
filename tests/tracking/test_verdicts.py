"""The verdicts of an experiment's claims, on its parent run: counted, written once, and gone when there are none."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.tracking import experiments, view
from pipeline.tracking.tracker import PARENT, Tracker
from pipeline.tracking.verdicts import show_verdicts, words
from tests.tracking.test_tracker import begin, run_of


def claim(experiment: str, verdict: str, repeats: str = "") -> dict[str, str]:
    return {"experiment": experiment, "verdict": verdict, "repeats": repeats}


CLAIMS = [
    *(claim("am_a", "cannot tell"), claim("am_a", "reproduced"), claim("am_a, am_b", "reproduced")),
    *(claim("", "ambiguous"), claim("am_b", "refuted", repeats="002.other")),
]


@pytest.fixture
def tracker(mlruns: Path) -> Tracker:
    return Tracker(mlruns)


def row(tracker: Tracker, name: str, seed: int = 0) -> dict[str, Any]:
    run_id = begin(tracker, run_of(name, seed))
    return {"experiment": name, "family": "automata", "metric": "test_accuracy", "mlflow_run_id": run_id}


def verdict_of(tracker: Tracker, one: dict[str, Any]) -> str | None:
    parent = tracker.client.get_run(one["mlflow_run_id"]).data.tags[PARENT]
    found: str | None = tracker.client.get_run(parent).data.tags.get(view.VERDICT)
    return found


def test_verdicts_are_counted_the_good_ones_first_and_an_ordering_is_of_each() -> None:
    assert words(CLAIMS) == {"am_a": "2 reproduced, 1 cannot tell", "am_b": "1 reproduced"}


def test_a_parent_shows_its_verdicts_and_the_same_are_not_written_again(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(tracker, "am_a"), row(tracker, "am_a", 1), row(tracker, "am_b")]
    assert show_verdicts(tracker, CLAIMS, rows) == 2
    assert [verdict_of(tracker, one) for one in rows] == [*["2 reproduced, 1 cannot tell"] * 2, "1 reproduced"]
    monkeypatch.setattr(tracker.client, "set_tag", None)  # to call it would be an error
    assert show_verdicts(tracker, CLAIMS, rows) == 0


def test_an_experiment_whose_claims_are_gone_shows_none(tracker: Tracker) -> None:
    one = row(tracker, "am_a")
    assert show_verdicts(tracker, [], [one]) == 0
    show_verdicts(tracker, CLAIMS, [one])
    assert show_verdicts(tracker, [], [one]) == 1 and verdict_of(tracker, one) is None


def test_runs_of_another_store_and_those_not_delivered_are_left_out(tracker: Tracker) -> None:
    rows = [{**row(tracker, "am_a"), "mlflow_run_id": run_id} for run_id in ("f" * 32, "")]
    assert show_verdicts(tracker, CLAIMS, rows) == 0


def test_a_table_of_an_older_version_gets_the_column(tracker: Tracker) -> None:
    one = row(tracker, "am_a")
    home = tracker.client.get_run(one["mlflow_run_id"]).info.experiment_id
    tracker.client.set_experiment_tag(home, view.TAG, "of older code")
    show_verdicts(tracker, CLAIMS, [one, {**one, "experiment": "song", "family": "melody"}])
    assert tracker.client.get_experiment(home).tags[view.TAG] == view.state("test_accuracy")
    assert tracker.client.get_experiment_by_name("reprise/melody") is None
    assert len(experiments.ours(tracker.client)) == 2
