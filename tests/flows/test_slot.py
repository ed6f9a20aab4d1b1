"""A slot is held by one process at a time, and is free when that ends, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.slot import slot

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from flows.slot import slot
with slot():
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path, name: str = "gpu0") -> subprocess.Popen[str]:
    """A process that asks for the slot, and holds it until its input ends."""
    environment = os.environ | {"REPRISE_SLOT": name, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", HOLD]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(words, cwd=folder, env=environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


def test_a_slot_waits_for_the_one_that_holds_it_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    first, other = holder(tmp_path), holder(tmp_path, "gpu1")
    assert first.stdout and first.stdout.readline() == other.stdout.readline() == "held\n"  # type: ignore[union-attr]
    second = holder(tmp_path)
    assert second.stdout and second.stdout.readline().startswith("train: gpu0 is busy with another flow run")
    first.send_signal(signal.SIGKILL)
    assert second.stdout.readline() == "held\n"
    for process in (second, other):
        process.communicate("")
    first.wait()


def test_without_a_slot_there_is_nothing_to_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPRISE_SLOT", raising=False)
    with slot(), slot():
        pass
    assert list(tmp_path.iterdir()) == []
