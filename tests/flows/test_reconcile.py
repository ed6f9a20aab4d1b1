"""Which flow runs the flow `reconcile` marks: those whose process was on this host and is gone."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed, Pending, Running, State

from flows.reconcile import is_gone, is_over, mark_gone


def run(pid: str | None, state: State | None = None) -> Any:
    return SimpleNamespace(id=uuid4(), name=f"of {pid}", infrastructure_pid=pid, state=state or Running())


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_that_has_ended_is_gone(dead: int) -> None:
    assert is_gone(run(f"here:{dead}"), "here")


def test_an_id_that_another_program_has_by_now_is_gone_too() -> None:
    other = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert is_gone(run(f"here:{other.pid}"), "here")
    other.communicate(b"")


@pytest.mark.parametrize("pid", [None, "", "here:x"])
def test_without_a_process_nothing_is_known(pid: str | None) -> None:
    assert not is_gone(run(pid), "here")


def test_one_of_another_host_is_left_alone(dead: int) -> None:
    assert not is_gone(run(f"elsewhere:{dead}"), "here")


def test_a_live_flow_run_is_left_alone() -> None:
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", "prefect.engine"]
    live = subprocess.Popen(words, stdin=subprocess.PIPE)
    assert not is_gone(run(f"here:{live.pid}"), "here")
    live.communicate(b"")


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


def test_those_that_are_gone_are_marked_as_crashed_and_no_other(dead: int) -> None:
    gone, unknown = run(f"here:{dead}"), run(f"elsewhere:{os.getpid()}")
    client = Client(gone, unknown)
    assert mark_gone(client, "here") == [gone.name]  # type: ignore[arg-type]
    assert list(client.marked) == [gone.id] and client.marked[gone.id].is_crashed()


@pytest.mark.parametrize(
    ("state", "over"), [(Running(), False), (Pending(), False), (Completed(), True), (Crashed(), True)]
)
def test_a_flow_run_is_over_if_nobody_works_at_it(state: State, over: bool) -> None:
    one = run(None, state)
    assert is_over(Client(one), str(one.id)) is over  # type: ignore[arg-type]
    assert is_over(Client(), str(one.id))  # type: ignore[arg-type]
