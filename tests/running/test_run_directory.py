"""The directory of a run: one process holds it, and the result waits there until it is delivered."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.running.run_directory import RunDirectory


def hold(folder: Path, pipe: Connection) -> None:
    with RunDirectory(folder, "key").held():
        pipe.send("held")
        pipe.recv()


def test_one_process_holds_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=hold, args=(tmp_path, theirs))
    other.start()
    assert ours.recv() == "held"
    with pytest.raises(UserError, match="another process is training this run"), RunDirectory(tmp_path, "key").held():
        pass
    other.kill()  # a process that is killed leaves it free
    other.join()
    with RunDirectory(tmp_path, "key").held(), RunDirectory(tmp_path, "another key").held():
        pass


def test_it_is_busy_while_it_is_held(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path, "key")
    assert not directory.busy() and list(tmp_path.iterdir()) == []
    with directory.held():
        assert RunDirectory(tmp_path, "key").busy()
    assert not directory.busy()


def test_a_result_waits_until_it_is_cleared(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path, "key")
    assert directory.result() is None
    with directory.held():
        directory.write_result({"seed": 1})
    assert RunDirectory(tmp_path, "key").result() == {"seed": 1}
    directory.clear()
    assert directory.result() is None and not list(tmp_path.iterdir())
    directory.clear()
