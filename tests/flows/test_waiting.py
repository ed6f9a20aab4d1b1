"""The wait for the flow runs of the experiments: which have ended, and what became of a crashed one."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.states import Cancelled, Completed, Crashed, Failed, Paused, Pending, Running, Scheduled, State, Submitting

from flows import automations, waiting
from flows.waiting import Idleness, Stalls, _has_ended, wait_for
from pipeline.base.console import Unreachable, UserError

A, B = uuid4(), uuid4()


def run(state: State, which: UUID = A) -> Any:
    return SimpleNamespace(id=which, state=state, name="a")


@pytest.mark.parametrize("state", [Completed(), Failed(), Cancelled()])
def test_what_is_final_has_ended(state: State) -> None:
    assert _has_ended(run(state))


@pytest.mark.parametrize("state", [Running(), Scheduled(), Crashed()])
def test_what_is_not_final_or_may_start_again_has_not(state: State) -> None:
    assert not _has_ended(run(state))


def test_a_crashed_one_lies_there_only_if_nothing_starts_it_again() -> None:
    crashes = Stalls(rest=10)
    assert not crashes.lies(run(Crashed()), 100)
    assert not crashes.lies(run(Crashed()), 109)
    assert not crashes.lies(run(Running()), 110)
    assert not crashes.lies(run(Crashed()), 111)  # a second crash is counted anew
    assert not crashes.lies(run(Crashed(), B), 120)
    assert crashes.lies(run(Crashed()), 122)


def _of(look: list[Any] | None, ids: list[UUID]) -> list[Any] | None:
    return None if look is None else [one for one in look if one.id in ids]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[Any] | None]:
    """What each look shows, the first first; no look waits."""
    looks: list[list[Any] | None] = []
    monkeypatch.setattr(waiting, "_look", lambda ids: _of(looks.pop(0), ids))
    monkeypatch.setattr(waiting, "_EVERY", 0.0)
    return looks


def test_it_waits_until_all_have_completed(seen: list[list[Any] | None], capsys: pytest.CaptureFixture[str]) -> None:
    seen += [[run(Running()), run(Running(), B)], None, [run(Completed()), run(Running(), B)], [run(Completed(), B)]]
    wait_for({A: "am_64 · 3 seeds", B: "am_b · 3 seeds"})
    assert seen == []
    assert capsys.readouterr().out.splitlines() == [
        "reproduce: am_64 · 3 seeds: completed; 1 of 2 left",
        "reproduce: am_b · 3 seeds: completed; 0 of 2 left",
    ]


def test_the_others_are_waited_for_before_a_failure_is_said(seen: list[list[Any] | None]) -> None:
    seen += [[run(Failed(message="no windows")), run(Running(), B)], [run(Completed(), B)]]
    with pytest.raises(UserError, match=r"1 of 2 experiments did not complete: a \(failed: no windows\)"):
        wait_for({A: "a", B: "b"})
    assert seen == []


def test_a_crashed_one_is_started_again_from_here(
    seen: list[list[Any] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[Any] = []
    monkeypatch.setattr(waiting, "Stalls", lambda: Stalls(rest=-1))
    monkeypatch.setattr(waiting, "_start_again", again.append)
    seen += [[run(Crashed())], [run(Running())], [run(Completed())]]
    wait_for({A: "a"})
    assert [one.id for one in again] == [A]


def test_a_server_that_does_not_answer_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(**_: Any) -> Any:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(waiting, "get_client", silent)
    assert waiting._look([A]) is None
    assert "does not answer (ConnectError), trying again in 3 s" in capsys.readouterr().out


def test_a_claimed_one_lies_there_only_if_it_does_not_begin() -> None:
    stalls = Stalls(rest=10, begin=100)
    assert not stalls.lies(run(Pending()), 0)
    assert not stalls.lies(run(Submitting()), 100)
    assert stalls.lies(run(Submitting()), 101)
    assert not stalls.lies(run(Scheduled()), 102)
    assert not stalls.lies(run(Pending()), 103)  # claimed again, and counted anew
    assert not stalls.lies(run(Crashed()), 203)  # what was Pending and has crashed has its rest
    assert stalls.lies(run(Crashed()), 214)


def test_the_server_has_its_turn_before_a_flow_run_is_restarted_from_here() -> None:
    server = automations.BEGIN.total_seconds() + automations.REST.total_seconds()
    assert server < waiting._BEGIN < 120 and automations.REST.total_seconds() < waiting._REST


def test_that_nothing_begins_is_said_once_and_not_waited_for_without_end(capsys: pytest.CaptureFixture[str]) -> None:
    idleness, waits = Idleness(), [run(Scheduled()), run(Paused(), B)]
    for now in (0, 100, 130, 140, 1000):
        idleness.note(waits, now)
    assert capsys.readouterr().out.count("nothing has begun yet: does the pool gpu have a worker") == 1
    with pytest.raises(UserError, match=r"no flow run has begun for 24 hours: start a worker \(`make worker`\)"):
        idleness.note(waits, 24 * 3600 + 1)


def test_as_long_as_one_is_at_work_the_others_may_wait() -> None:
    idleness = Idleness()
    for day in range(9):
        idleness.note([run(Scheduled()), run(Running(), B)], day * 86400)
    idleness.note([run(Scheduled())], 9 * 86400)
    idleness.note([run(Scheduled())], 9 * 86400 + 86399)


def test_one_that_was_deleted_is_not_waited_for(seen: list[list[Any] | None]) -> None:
    seen += [[run(Running()), run(Running(), B)], [run(Running(), B)], [run(Completed(), B)]]
    with pytest.raises(UserError, match=r"^1 of 2 experiments did not complete: a \(deleted\)$"):
        wait_for({A: "a", B: "b"})
    assert seen == []


def test_a_server_that_stays_silent_ends_the_wait(
    seen: list[list[Any] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", -1.0)
    seen += [None]
    with pytest.raises(Unreachable, match="the Prefect server has not answered for"):
        wait_for({A: "a"})


def test_hundreds_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Client:
        def __enter__(self) -> "Client":
            return self

        def __exit__(self, *_: object) -> None: ...

        def read_flow_runs(self, flow_run_filter: Any) -> list[Any]:
            asked.append(len(flow_run_filter.id.any_))
            return [run(Running(), which) for which in flow_run_filter.id.any_]

    monkeypatch.setattr(waiting, "get_client", lambda **_: Client())
    ids = [uuid4() for _ in range(250)]
    assert [one.id for one in waiting._look(ids) or []] == ids and asked == [100, 100, 50]
