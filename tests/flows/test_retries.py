"""A training that was ended from outside goes on a few times; a server that is silent is asked again."""

from collections.abc import Callable

import pytest

from flows import retries
from flows.retries import MOST_DEATHS, PATIENCE, with_retries
from pipeline.base.console import Unreachable, UserError
from pipeline.perform import WorkerDied


class Work:
    """Work that fails with each of these in turn, and is then done."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.begun = list(faults), 0

    def __call__(self) -> str:
        self.begun += 1
        if self.faults:
            raise self.faults.pop(0)
        return "done"


@pytest.fixture(autouse=True)
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests that were taken, in no time."""
    taken: list[float] = []
    monkeypatch.setattr(retries.time, "sleep", taken.append)
    return taken


def test_what_goes_well_is_done_once() -> None:
    work = Work()
    assert with_retries(work) == "done" and work.begun == 1


def test_a_training_that_was_ended_goes_on_at_once(rests: list[float]) -> None:
    work = Work(*[WorkerDied("died")] * (MOST_DEATHS - 1))
    assert with_retries(work) == "done" and work.begun == MOST_DEATHS and rests == []


def test_one_that_is_ended_again_and_again_fails() -> None:
    work = Work(*[WorkerDied("died")] * 9)
    with pytest.raises(WorkerDied):
        with_retries(work)
    assert work.begun == MOST_DEATHS


def test_a_silent_server_is_asked_again_after_a_rest(rests: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    assert with_retries(Work(Unreachable("mlflow: refused"))) == "done" and rests == [retries.REST]
    assert capsys.readouterr().out == "train: mlflow: refused; trying again in 10 s\n"


def test_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PATIENCE", -1.0)
    with pytest.raises(Unreachable):
        with_retries(Work(Unreachable("refused")))


class Clock:
    """A clock that stands still but for attempts."""

    def __init__(self) -> None:
        self.now = 5.0

    def work(self, *ends: tuple[float, Exception | None]) -> Callable[[], str]:
        """Work whose attempts take so many seconds and then fail, or are done."""
        left = list(ends)

        def attempt() -> str:
            seconds, fault = left.pop(0)
            self.now += seconds
            if fault:
                raise fault
            return "done"

        return attempt


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(retries.time, "monotonic", lambda: made.now)
    monkeypatch.setattr(retries.time, "sleep", lambda _: None)
    return made


SILENT = Unreachable("refused")


def test_an_hour_of_training_is_no_silence(clock: Clock) -> None:
    assert with_retries(clock.work((3600, SILENT), (1, None))) == "done"
    assert with_retries(clock.work((3600, SILENT), (1, SILENT), (3600, SILENT), (1, SILENT), (1, None))) == "done"


def test_a_silence_is_counted_from_its_first_error(clock: Clock) -> None:
    half = PATIENCE / 2
    assert with_retries(clock.work((half, SILENT), (half, SILENT), (half, SILENT), (1, None))) == "done"
    with pytest.raises(Unreachable):
        with_retries(clock.work((1, SILENT), (half, SILENT), (half, SILENT), (1, SILENT), (1, None)))


def test_a_training_that_died_between_two_silences_had_a_server(clock: Clock) -> None:
    half = PATIENCE / 2
    ends = (half, SILENT), (half, SILENT), (half, WorkerDied("died")), (half, SILENT), (half, SILENT), (1, None)
    assert with_retries(clock.work(*ends)) == "done"


def test_what_the_user_must_mend_is_not_tried_again() -> None:
    work = Work(UserError("params.yaml: wrong"))
    with pytest.raises(UserError):
        with_retries(work)
    assert work.begun == 1
