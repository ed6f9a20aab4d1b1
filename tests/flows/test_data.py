"""DVC inside a flow: what it says is passed on, and another DVC in the checkout is told from a fault."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import data
from flows.data import Busy, dvc
from pipeline.base.console import UserError


def says(text: str, status: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a DVC in the place of the real one that says this and ends so."""
    command = folder / "python"
    command.write_text(f"#!/bin/sh\necho '{text}' >&2\nexit {status}\n")
    command.chmod(0o755)
    monkeypatch.setattr(data, "sys", SimpleNamespace(executable=str(command)))


def test_what_it_says_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says("Running stage", 0, tmp_path, monkeypatch)
    dvc("repro", "windows")
    assert capsys.readouterr().out == "Running stage\n"


@pytest.mark.parametrize("text", ["ERROR: Unable to acquire lock", "ERROR: it is busy, read by another"])
def test_another_one_in_the_checkout_is_waited_for(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(text, 255, tmp_path, monkeypatch)
    with pytest.raises(Busy):
        dvc("repro")
    assert data._if_busy(None, None, SimpleNamespace(result=lambda **_: Busy("busy")))


def test_a_fault_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says("ERROR: no such stage", 1, tmp_path, monkeypatch)
    with pytest.raises(UserError, match="dvc repro ended with status 1") as caught:
        dvc("repro")
    assert not data._if_busy(None, None, SimpleNamespace(result=lambda **_: caught.value))
    assert sys.executable != data.sys.executable
