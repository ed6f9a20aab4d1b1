"""The desk of a run: one process at it, and the result waits there until it is delivered."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.running.run_directory import RunDirectory


def sit(folder: Path, pipe: Connection) -> None:
    with RunDirectory(folder, "key").held():
        pipe.send("sits")
        pipe.recv()


def test_one_process_at_a_desk(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=sit, args=(tmp_path, theirs))
    other.start()
    assert ours.recv() == "sits"
    with pytest.raises(UserError, match="another process trains it"), RunDirectory(tmp_path, "key").held():
        pass
    other.kill()  # a process that is killed leaves the desk free
    other.join()
    with RunDirectory(tmp_path, "key").held(), RunDirectory(tmp_path, "another key").held():
        pass


def test_a_desk_is_busy_while_it_is_held(tmp_path: Path) -> None:
    desk = RunDirectory(tmp_path, "key")
    assert not desk.busy() and list(tmp_path.iterdir()) == []
    with desk.held():
        assert RunDirectory(tmp_path, "key").busy()
    assert not desk.busy()


def test_a_result_waits_until_the_desk_is_cleared(tmp_path: Path) -> None:
    desk = RunDirectory(tmp_path, "key")
    assert desk.result() is None
    with desk.held():
        desk.write_result({"seed": 1})
    assert RunDirectory(tmp_path, "key").result() == {"seed": 1}
    desk.clear()
    assert desk.result() is None and not list(tmp_path.iterdir())
    desk.clear()
