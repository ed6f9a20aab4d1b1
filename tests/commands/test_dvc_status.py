"""What DVC answers of the data, as one line."""

import subprocess
from typing import Any

import pytest

from pipeline.commands import dvc_status
from pipeline.commands.dvc_status import data_line

STAND = "; runs are judged by the existing windows"
BUSY = "not known, another DVC is running"


def said_of(answer: str, *gone: str) -> str:
    return data_line(0, answer, "", lambda name: name not in gone)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("{}", "download, originals, spectra and windows are up to date"),
        (
            '{"windows": [{"changed deps": {"pipeline/sources/sounds/splits.py": "modified", '
            '"params.yaml": {"run.seeds": "modified", "experiments": "new"}}}]}',
            "`windows` would run again (params.yaml: run.seeds, experiments; "
            f"pipeline/sources/sounds/splits.py){STAND}",
        ),
        (
            '{"download": [{"changed outs": {"data/raw/sounds": "not in cache"}}, "changed command"], '
            '"spectra": [{"changed deps": {"a": "deleted", "b": "new", "c": "modified", "d": "new", "e": "new"}}]}',
            "`download` would run again (data/raw/sounds is not in DVC's cache; changed command); "
            f"`spectra` would run again (a is missing; b; c; d; 1 more){STAND}",
        ),
    ],
)
def test_what_dvc_answers_is_one_line(answer: str, words: str) -> None:
    assert said_of(answer) == words


def test_what_is_not_there_would_be_made_whatever_else_changed() -> None:
    answer = (
        '{"windows": [{"changed deps": {"data/spectra": "deleted"}}, '
        '{"changed outs": {"data/windows": "not in cache", "reports/leakage/sounds.json": "deleted"}}]}'
    )
    both = "`windows` would run (data/windows and reports/leakage/sounds.json are missing)"
    assert said_of(answer, "data/windows", "reports/leakage/sounds.json") == both
    one = "`windows` would run (reports/leakage/sounds.json is missing)"
    assert said_of(answer, "reports/leakage/sounds.json") == one + STAND


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("ERROR: Unable to acquire lock. Most likely another DVC process is running", BUSY),
        ("ERROR: '/a/data/windows' is busy, it is being blocked by:\n  (PID 7): dvc repro", BUSY),
        ("WARNING: a\nERROR: you are not inside of a DVC repository", "you are not inside of a DVC repository"),
        ("'./dvc.yaml' is invalid.\n\nmore", "'./dvc.yaml' is invalid."),
        ("", "no reason given, status 255"),
    ],
)
def test_a_dvc_that_does_not_answer_is_one_line(complaint: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 255, "", complaint)

    monkeypatch.setattr(dvc_status.subprocess, "run", run)
    assert dvc_status.ask_dvc() in (words, f"`dvc status` fails: {words}")
    assert not dvc_status.passes_over_train()


@pytest.mark.parametrize(("answer", "passes"), [("{}\n", True), ('{"train": [{}]}', False)])
def test_dvc_is_asked_for_the_data_and_the_training(answer: str, passes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(words[3:])
        return subprocess.CompletedProcess(words, 0, answer, "")

    monkeypatch.setattr(dvc_status.subprocess, "run", run)
    assert dvc_status.passes_over_train() is passes
    assert asked == [["status", "--json", "download", "originals", "spectra", "windows", "train"]]


@pytest.mark.parametrize(
    ("complaint", "works"),
    [
        ("ERROR: Unable to acquire lock. Most likely another DVC process is running", True),
        ("ERROR: '/a/data/windows' is busy, it is being blocked by:\n  (PID 7): dvc pull", True),
        ("ERROR: you are not inside of a DVC repository", False),
        ("", False),
    ],
)
def test_a_dvc_at_work_is_told_from_one_that_fails(
    complaint: str, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dvc_status, "_ask", lambda *_: (255, "", complaint))
    assert dvc_status.dvc_at_work() is works
