"""A process is known again by host, id and start."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.base.processes import at_work, lives, this_process


def test_this_process_lives() -> None:
    assert lives(this_process()) is True


def test_a_process_that_has_ended_does_not() -> None:
    words = "from pipeline.base.processes import this_process; print(this_process())"
    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert lives(ended.stdout.strip()) is False


def test_an_id_that_was_given_again_is_another_process() -> None:
    host, pid, start = this_process().rsplit(":", 2)
    assert lives(f"{host}:{pid}:{int(start) - 6000}") is False


def test_of_another_host_nothing_is_known() -> None:
    _, pid, start = this_process().rsplit(":", 2)
    assert lives(f"elsewhere:{pid}:{start}") is None


def test_a_change_of_the_clock_changes_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name, real = this_process(), time.time
    monkeypatch.setattr(psutil, "boot_time", lambda: real() + 3600)
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: real() + 3600)
    assert lives(name) is True and this_process() == name


def test_those_at_work_in_a_folder_are_named(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "print(flush=True); input()", "pipeline.stages.train"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=tmp_path, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout and process.stdout.readline()
        found = at_work(tmp_path, ("pipeline.stages.train", "pipeline.stages.judge"))
        assert list(found) == [process.pid] and f"(process {process.pid}, since " in found[process.pid]
        assert at_work(tmp_path, ("pipeline.stages",)) == {} == at_work(tmp_path.parent, ("pipeline.stages.train",))
        process.communicate("")
