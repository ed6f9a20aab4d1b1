"""Which flow runs the flow `reconcile` marks: those that nobody works at, by their process or by their age."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling, Completed, Crashed, Pending, Running, State

from flows import reconcile
from flows.reconcile import is_lost, is_over, lives_here, mark_lost

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LONG, SHORT = NOW - timedelta(minutes=6), NOW - timedelta(minutes=4)


def run(pid: str | int | None, state: State | None = None, worker: str = "my-host-gpu0") -> Any:
    """A flow run as the process worker of Prefect leaves it."""
    labels = {"prefect.worker.name": worker} if worker else {}
    pid = None if pid is None else str(pid)
    return SimpleNamespace(
        id=uuid4(), name=f"of {pid}", infrastructure_pid=pid, state=state or Running(timestamp=LONG), labels=labels
    )


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def live() -> Iterator[int]:
    """The id of a process of Prefect that lives."""
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", "prefect.engine"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    yield process.pid
    process.communicate(b"")


def test_a_process_lives_or_has_ended(dead: int, live: int) -> None:
    assert lives_here(run(live), "my-host") is True
    assert lives_here(run(dead), "my-host") is False


def test_an_id_that_another_program_has_by_now_is_of_none() -> None:
    other = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert lives_here(run(other.pid), "my-host") is False
    other.communicate(b"")


@pytest.mark.parametrize(
    ("pid", "worker"), [(None, "my-host-gpu0"), ("x", "my-host-gpu0"), ("1", "other-gpu0"), ("1", "")]
)
def test_of_a_process_without_id_or_of_another_host_nothing_is_known(pid: str | None, worker: str) -> None:
    assert lives_here(run(pid, worker=worker), "my-host") is None


@pytest.mark.parametrize(
    ("kind", "since", "lost"),
    [
        (Running, LONG, {False: True, None: False, True: False}),
        (Pending, SHORT, {False: False, None: False, True: False}),  # the dead process may be that of an earlier start
        (Pending, LONG, {False: True, None: True, True: False}),
        (Cancelling, SHORT, {False: True, None: False, True: False}),
        (Cancelling, LONG, {False: True, None: True, True: False}),
    ],
)
def test_a_flow_run_is_lost_if_its_process_is_or_it_takes_too_long_to_begin_or_to_end(
    kind: Any, since: datetime, lost: dict[bool | None, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lives, expected in lost.items():
        monkeypatch.setattr(reconcile, "lives_here", lambda *_, lives=lives: lives)
        assert is_lost(run(1, kind(timestamp=since)), "my-host", NOW) is expected, lives


class Client:
    """A server with these flow runs."""

    def __init__(self, *runs: Any) -> None:
        self.runs, self.marked = {one.id: one for one in runs}, dict[Any, State]()

    def read_flow_runs(self, **_: Any) -> list[Any]:
        return list(self.runs.values())

    def read_flow_run(self, which: Any) -> Any:
        if which not in self.runs:
            raise ObjectNotFound(http_exc=RuntimeError())
        return self.runs[which]

    def set_flow_run_state(self, which: Any, state: State, force: bool) -> None:
        self.marked[which] = state


def test_those_that_are_lost_crash_or_are_cancelled_and_no_other_is_touched(dead: int) -> None:
    gone, cancelled = run(dead), run(dead, Cancelling(timestamp=SHORT))
    client = Client(gone, cancelled, run(os.getpid(), worker="other-gpu0"))
    assert mark_lost(client, "my-host", NOW) == [gone.name, cancelled.name]  # type: ignore[arg-type]
    assert [client.marked[one.id].type for one in (gone, cancelled)] == [StateType.CRASHED, StateType.CANCELLED]
    assert len(client.marked) == 2


@pytest.mark.parametrize(
    ("state", "over"),
    [(Running(), False), (Pending(), False), (Cancelling(), False), (Completed(), True), (Crashed(), True)],
)
def test_a_flow_run_is_over_if_nobody_works_at_it(state: State, over: bool) -> None:
    one = run(None, state)
    assert is_over(Client(one), str(one.id)) is over  # type: ignore[arg-type]
    assert is_over(Client(), str(one.id))  # type: ignore[arg-type]
