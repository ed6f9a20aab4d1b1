"""Progress: what is done, what is left by the shares of the work, a line now and then in a log."""

from dataclasses import dataclass, field
from io import StringIO

import pytest

from pipeline.running import progress
from pipeline.running.events import Failed
from pipeline.running.progress import TrainingProgress, minutes_text
from pipeline.spec.data import DatasetInfo
from pipeline.spec.labels import Labels
from pipeline.spec.run import Run
from tests.conftest import strings_params


@dataclass
class Clock:
    now: float = 1000.0
    lines: list[str] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(progress, "say", clock.lines.append)
    return clock


def run_of(name: str, minutes: float = 1.0) -> Run:
    experiment = strings_params().experiments[name].model_copy(update={"labels": Labels(minutes=minutes), "epochs": 4})
    return Run(experiment, 0, None, DatasetInfo("strings", "document", "0"), name)


A, B = run_of("am_a", 1.0), run_of("am_b", 3.0)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min")])
def test_lengths_of_time_are_for_people(seconds: float, text: str) -> None:
    assert minutes_text(seconds) == text


def test_the_time_left_is_judged_by_the_work_and_not_by_the_number_of_runs(clock: Clock) -> None:
    with TrainingProgress([A, B]) as shown:
        clock.now += 500  # start-up, which is no measure
        shown.epoch(A, 1, 0.5)
        assert shown.time_left() == "time left not known yet"
        clock.now += 15
        shown.done(A, "accuracy", 0.5, 20)
        assert shown.time_left() == "about 60 s left"  # three quarters of A took 15 s, and B is three times A
        shown.epoch(B, 2, 0.5)
        assert shown.time_left() == "about 10 s left"


def test_a_log_has_a_line_now_and_then(clock: Clock) -> None:
    with TrainingProgress([A, B]) as shown:
        shown.epoch(A, 1, 0.5)
        assert clock.lines == []
        clock.now += 16
        shown.epoch(A, 2, 0.25)
        shown.epoch(A, 3, 0.2)
        assert clock.lines == ["train: am_a · seed 0: epoch 2 of 4, loss 0.250; 0 of 2 runs done, about 4 min left"]
        shown.done(A, "accuracy", 0.75, 100)
        assert clock.lines[1:] == ["train: am_a · seed 0: test accuracy 0.750 after 2 min (1 of 2)"]


def test_a_run_that_failed_is_no_work_any_more(clock: Clock) -> None:
    with TrainingProgress([A, B]) as shown:
        shown.epoch(A, 1, 0.5)
        clock.now += 10
        shown.epoch(A, 2, 0.5)
        assert shown.time_left() == "about 2 min left"
        shown.failed(B, Failed("no memory"))
        assert clock.lines == ["train: am_b · seed 0: failed: no memory"]
        assert shown.time_left() == "about 20 s left"
        shown.done(A, "accuracy", 0.5, 20)
    assert clock.lines[-1].endswith("(1 of 1)")


def test_the_same_failure_is_said_once(clock: Clock) -> None:
    with TrainingProgress([A, B]) as shown:
        for run in (A, B):
            shown.failed(run, Failed("ValueError: no", traceback=f"{run.key}/error.txt"))
    assert clock.lines == ["train: am_a · seed 0: failed: ValueError: no (traceback: am_a/error.txt)"]


def test_on_a_terminal_a_message_is_said_as_it_is(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    text = StringIO()
    monkeypatch.setattr(progress.sys.stdout, "isatty", lambda: True)
    shown = TrainingProgress([A, B])
    assert shown._bars
    shown._bars.progress.console.file, shown._bars.progress.console.width = text, 200
    shown.epoch(A, 1, 0.5)
    shown.failed(A, Failed("ValueError: [/job:localhost] has no axis [batch, 3]"))
    shown.done(B, "accuracy", 0.75, 100)
    assert text.getvalue().splitlines() == [
        "train: am_a · seed 0: failed: ValueError: [/job:localhost] has no axis [batch, 3]",
        "train: am_b · seed 0: test accuracy 0.750 after 2 min",
    ]
    whole = shown._bars.progress.tasks[0]
    assert whole.completed == whole.total == 3.25 and whole.fields["state"].startswith("1 of 1 run done")
