"""One at a time: the second is told who holds the lock, or waits; a holder that is killed frees it."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.base import locks
from pipeline.base.locks import HeldError, hold

HOLD = "import sys; from pathlib import Path; from pipeline.base.locks import hold\n"
HOLD += "with hold('make reproduce', Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


def holder(path: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_holds_it_since_when(tmp_path: Path) -> None:
    path = tmp_path / "below" / "lock"
    path.parent.mkdir()
    with (
        holder(path) as first,
        pytest.raises(HeldError, match=rf"^make reproduce \(process {first.pid}, since \d\d:\d\d:\d\d\) is at work"),
        hold("make sweep", path),
    ):
        pass
    with hold("make sweep", path):
        assert f"make sweep (process {os.getpid()}" in path.read_text()
    assert path.read_text() == ""


def test_a_full_disk_is_an_error_that_names_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError) as caught, hold("make reproduce", tmp_path / "lock"):
        pass
    assert caught.value.filename == str(tmp_path / "lock")


def test_a_holder_that_is_killed_frees_it(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as first:
        first.send_signal(signal.SIGKILL)
    with hold("make sweep", tmp_path / "lock"):
        pass


def test_one_that_waits_says_so_and_goes_on_when_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with holder(tmp_path / "lock") as first:
        monkeypatch.setattr(locks.time, "sleep", lambda seconds: first.communicate())  # it ends while the other waits
        with hold("the flow", tmp_path / "lock", wait=True):
            pass
    assert capsys.readouterr().out.endswith("is at work in this checkout; this one waits\n")
