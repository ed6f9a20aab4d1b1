"""Deliveries to a tracker that may fall silent: nothing is lost, nothing is delivered twice."""

from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from pipeline.running.plan import Run
from pipeline.tracking import delivery as module
from pipeline.tracking.delivery import Delivery, final_points, points_of
from pipeline.tracking.tracker import Point, Tracker
from tests import made_results
from tests.tracking.test_tracker import run_of


class Moody(Tracker):
    """A tracker whose calls can be made to fail, before or after they were heard."""

    fails: str = ""

    def _mood(self, moment: str) -> None:
        if self.fails == moment:
            raise MlflowException("no answer")

    def open(self, run: Run) -> str:
        self._mood("before")
        return super().open(run)

    def log(self, run_id: str, points: Any) -> None:
        self._mood("before")
        super().log(run_id, points)
        self._mood("after")

    def finish(self, run_id: str, row: Any, folder: Path) -> None:
        self._mood("before")
        super().finish(run_id, row, folder)

    def losses(self, run_id: str) -> list[tuple[int, float]]:
        return sorted((point.step, point.value) for point in self.client.get_metric_history(run_id, "loss"))


@pytest.fixture
def tracker(mlruns: Path, monkeypatch: pytest.MonkeyPatch) -> Moody:
    monkeypatch.setattr(module, "_EVERY", 0.0)
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    return Moody(mlruns)


def epoch(number: int) -> list[Point]:
    return [("loss", number, 1 / number), ("accuracy", number, 0.5), ("val_loss", number, float("nan"))]


def row_of(run: Run, epochs: int) -> dict[str, Any]:
    row = made_results.run("am_64", run.seed, run_key=run.key, epochs=epochs)
    row["history"] = {"loss": [1 / n for n in range(1, epochs + 1)], "val_loss": [None] * epochs}
    row["metrics"] = {"test_accuracy": 0.75, "test_accuracy@2": 0.5}
    return row


def test_points_are_those_that_are_numbers() -> None:
    history = {"loss": [0.5, 0.25], "val_loss": [None, 0.5], "seconds": [1.0, float("inf")]}
    assert points_of(history) == [("loss", 1, 0.5), ("loss", 2, 0.25), ("val_loss", 2, 0.5), ("seconds", 1, 1.0)]


def test_final_metrics_stand_at_their_epochs() -> None:
    assert final_points({"metrics": {"a": 1.0, "a@10": 2.0}, "epochs": 30}) == [("a", 30, 1.0), ("a", 10, 2.0)]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_a_silent_tracker_misses_is_delivered_later_and_once(
    tracker: Moody, tmp_path: Path, capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    run, delivery = run_of(), Delivery(tracker)
    run_id = delivery.begin(run)
    for number in range(1, 9):
        tracker.fails = moment if 3 <= number <= 5 else ""
        delivery.log(run, epoch(number))
    (tmp_path / "files").mkdir()
    assert delivery.finish(run, row_of(run, 8), tmp_path / "files")
    assert tracker.losses(run_id) == [(n, 1 / n) for n in range(1, 9)]
    assert tracker.finished()[run.key].id == run_id and delivery.trouble == ""
    assert capsys.readouterr().out.count("training goes on") == 1


def test_a_tracker_that_is_silent_from_the_start_gets_all_at_the_end(tracker: Moody, tmp_path: Path) -> None:
    run, delivery = run_of(), Delivery(tracker)
    tracker.fails = "before"
    assert delivery.begin(run) == ""
    delivery.log(run, epoch(1))
    tracker.fails = ""
    row = row_of(run, 2)
    (tmp_path / "files").mkdir()
    assert delivery.finish(run, row, tmp_path / "files")
    assert tracker.losses(row["mlflow_run_id"]) == [(1, 1.0), (2, 0.5)]


def test_a_tracker_that_fell_silent_is_left_alone_for_a_while(
    tracker: Moody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 1000.0)
    run, row, delivery = run_of(), row_of(run_of(), 3), Delivery(tracker)
    run_id = delivery.begin(run)
    tracker.fails = "before"
    delivery.log(run, epoch(1))
    tracker.fails = ""
    (tmp_path / "files").mkdir()
    assert not delivery.finish(run, row, tmp_path / "files") and tracker.losses(run_id) == []
    delivery.lose_patience()
    assert delivery.finish(run, row, tmp_path / "files") and delivery.trouble == ""
    assert tracker.losses(run_id) == [(1, 1.0), (2, 0.5), (3, 1 / 3)]


def test_a_result_that_cannot_be_delivered_is_delivered_by_another_process(tracker: Moody, tmp_path: Path) -> None:
    run, row, first = run_of(), row_of(run_of(), 3), Delivery(tracker)
    run_id = first.begin(run)
    first.log(run, epoch(1))
    tracker.fails = "before"
    (tmp_path / "files").mkdir()
    assert not first.finish(run, row, tmp_path / "files") and first.trouble.endswith("no answer")
    first.close_all("KILLED")
    tracker.fails = ""
    assert Delivery(tracker).finish(run, row, tmp_path / "files")
    assert row["mlflow_run_id"] == run_id and tracker.losses(run_id) == [(1, 1.0), (2, 0.5), (3, 1 / 3)]


def test_a_continued_run_gets_only_what_it_has_not(tracker: Moody) -> None:
    run, first = run_of(), Delivery(tracker)
    run_id = first.begin(run)
    for number in (1, 2, 3):
        first.log(run, epoch(number))
    second = Delivery(tracker)  # the first was killed; its checkpoint is of epoch 1
    assert second.begin(run) == run_id
    for number in (2, 3, 4):
        second.log(run, epoch(number))
    assert tracker.losses(run_id) == [(n, 1 / n) for n in range(1, 5)]


def test_points_go_together_once_in_a_while(tracker: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EVERY", 1000.0)
    run, delivery = run_of(), Delivery(tracker)
    run_id = delivery.begin(run)
    for number in range(1, 50):
        delivery.log(run, epoch(number))
    assert tracker.losses(run_id) == []
    delivery.close(run, "KILLED")
    assert len(tracker.losses(run_id)) == 49
    assert tracker.client.get_run(run_id).info.status == "KILLED"
