"""DVC inside a flow: what it says is passed on, and another DVC in the checkout is told from a fault."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import data
from flows.data import Busy, dvc, fetch_windows
from pipeline.base.console import UserError
from pipeline.params import Params
from tests.conftest import strings_params


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


@pytest.mark.parametrize(("there", "asked"), [(True, []), (False, ["pull", "windows"])])
def test_windows_are_fetched_where_those_that_are_asked_for_are_not_there(
    there: bool, asked: list[str], strings_windows: tuple[Params, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    params, windows = strings_windows
    words: list[str] = []
    monkeypatch.setattr(data, "WINDOWS", windows)
    monkeypatch.setattr(data, "dvc", lambda *given: words.extend(given))
    fetch_windows.fn(params if there else strings_params(seeds=3))
    assert words == asked
