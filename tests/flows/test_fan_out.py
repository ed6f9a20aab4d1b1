"""The wait for the flow runs of the experiments: which have ended, and what became of a crashed one."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.states import Cancelled, Completed, Crashed, Failed, Running, Scheduled, State

from flows import fan_out
from flows.fan_out import Crashes, _has_ended, wait_for
from pipeline.base.console import UserError

A, B = uuid4(), uuid4()


def run(state: State, which: UUID = A) -> Any:
    return SimpleNamespace(id=which, state=state)


@pytest.mark.parametrize("state", [Completed(), Failed(), Cancelled()])
def test_what_is_final_has_ended(state: State) -> None:
    assert _has_ended(run(state))


@pytest.mark.parametrize("state", [Running(), Scheduled(), Crashed()])
def test_what_is_not_final_or_may_start_again_has_not(state: State) -> None:
    assert not _has_ended(run(state))


def test_a_crashed_one_lies_there_only_if_nothing_starts_it_again() -> None:
    crashes = Crashes(rest=10)
    assert not crashes.lies(run(Crashed()), 100)
    assert not crashes.lies(run(Crashed()), 109)
    assert not crashes.lies(run(Running()), 110)
    assert not crashes.lies(run(Crashed()), 111)  # a second crash is counted anew
    assert not crashes.lies(run(Crashed(), B), 120)
    assert crashes.lies(run(Crashed()), 122)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """What each look shows, the first first; no look waits."""
    looks: list[list[Any]] = []
    monkeypatch.setattr(fan_out, "_look", lambda ids: [one for one in looks.pop(0) if one.id in ids])
    monkeypatch.setattr(fan_out, "_EVERY", 0.0)
    return looks


def test_it_waits_until_all_have_completed(seen: list[list[Any]], capsys: pytest.CaptureFixture[str]) -> None:
    seen += [[run(Running()), run(Running(), B)], [], [run(Completed()), run(Running(), B)], [run(Completed(), B)]]
    wait_for({A: "am_64 · 3 seeds", B: "am_b · 3 seeds"})
    assert seen == []
    assert capsys.readouterr().out.splitlines() == [
        "reproduce: am_64 · 3 seeds: completed; 1 of 2 left",
        "reproduce: am_b · 3 seeds: completed; 0 of 2 left",
    ]


def test_the_others_are_waited_for_before_a_failure_is_said(seen: list[list[Any]]) -> None:
    seen += [[run(Failed(message="no windows")), run(Running(), B)], [run(Completed(), B)]]
    with pytest.raises(UserError, match=r"1 of 2 experiments did not complete: a \(failed: no windows\)"):
        wait_for({A: "a", B: "b"})
    assert seen == []


def test_a_crashed_one_is_started_again_from_here(seen: list[list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[Any] = []
    monkeypatch.setattr(fan_out, "Crashes", lambda: Crashes(rest=-1))
    monkeypatch.setattr(fan_out, "_start_again", again.append)
    seen += [[run(Crashed())], [run(Running())], [run(Completed())]]
    wait_for({A: "a"})
    assert [one.id for one in again] == [A]


def test_a_server_that_does_not_answer_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(**_: Any) -> Any:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(fan_out, "get_client", silent)
    assert fan_out._look([A]) == []
    assert "does not answer (ConnectError), trying again in 3 s" in capsys.readouterr().out
