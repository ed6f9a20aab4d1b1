"""What a kill has left open is closed once and then no more, and what lives is not touched."""

import os
import time
from pathlib import Path

import pytest

from pipeline.commands import reconcile as module
from pipeline.commands.reconcile import Mended, is_orphan, reconcile
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.tracking.tracker import Tracker
from tests.tracking.test_tracker import begin, finish, run_of

DEAD = "{host}:1:0.00"


def never(flow_run: str) -> bool:
    raise AssertionError(f"{flow_run} was asked for")


def dead() -> str:
    """The name of a process of this host that has ended."""
    import socket

    return DEAD.format(host=socket.gethostname())


@pytest.fixture
def tracker(mlruns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tracker:
    monkeypatch.chdir(tmp_path)
    return Tracker(mlruns)


def killed(tracker: Tracker, run: str) -> None:
    tracker.client.set_tag(run, "process", dead())


def status(tracker: Tracker, run: str) -> str:
    return str(tracker.client.get_run(run).info.status)


def test_a_live_run_is_not_touched(tracker: Tracker) -> None:
    run = begin(tracker, run_of())
    assert reconcile(tracker, never) == Mended([], [], 0, 0)
    assert status(tracker, run) == "RUNNING"


def test_a_run_without_a_process_is_handed_back_and_goes_on(tracker: Tracker) -> None:
    asked = run_of()
    run, parent = begin(tracker, asked), tracker.parent(asked)
    killed(tracker, run)
    killed(tracker, parent)
    found = reconcile(tracker, never)
    assert (found.runs, found.experiments) == ([asked.title], ["am_a"])
    assert str(found) == "1 run released, 1 experiment closed"
    assert status(tracker, run) == status(tracker, parent) == "KILLED"
    assert str(reconcile(tracker, never)) == "nothing to do"
    assert tracker.open(asked) == run and status(tracker, run) == "RUNNING"
    assert reconcile(tracker, never).runs == []  # it is of this process now


def test_an_experiment_with_a_live_run_stays_open(tracker: Tracker) -> None:
    asked = run_of()
    begin(tracker, asked)
    killed(tracker, tracker.parent(asked))
    assert reconcile(tracker, never) == Mended([], [], 0, 0)


@pytest.mark.parametrize("over", [True, False])
def test_of_another_host_its_flow_run_tells(over: bool) -> None:
    tags = {"process": "elsewhere:1:0.00", "flow_run": "f"}
    assert is_orphan(tags, lambda flow_run: over and flow_run == "f") is over


def test_of_another_host_without_a_flow_run_nothing_is_known() -> None:
    assert not is_orphan({"process": "elsewhere:1:0.00"}, never)
    assert not is_orphan({}, never)


def test_the_directory_of_a_delivered_run_is_cleared_and_no_other(tracker: Tracker, tmp_path: Path) -> None:
    asked, unfinished = run_of(), tracker.root / UNFINISHED
    finish(tracker, begin(tracker, asked), asked, tmp_path / "files")
    for key in (asked.key, "another"):
        RunDirectory(unfinished, key).write_result({})
    assert reconcile(tracker, never).directories == 1
    assert [folder.name for folder in unfinished.iterdir()] == ["another"]


def test_files_that_nobody_writes_any_more_are_removed(tracker: Tracker, tmp_path: Path) -> None:
    old, new, whole = (tmp_path / "reports" / name for name in (".a.json.part", ".b.json.part", "c.json"))
    old.parent.mkdir()
    for path in (old, new, whole):
        path.write_text("x")
    long_ago = time.time() - module.STALE - 60
    os.utime(old, (long_ago, long_ago))
    os.utime(whole, (long_ago, long_ago))
    assert reconcile(tracker, never).files == 1
    assert not old.exists() and new.exists() and whole.exists()
