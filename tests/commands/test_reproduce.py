"""`make reproduce`: the choice is written, DVC runs the stages, and its end is the end of the command."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.base.locks import hold
from pipeline.base.seal import sealed_directory
from pipeline.commands import reproduce
from pipeline.params import load

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


@pytest.fixture(autouse=True)
def dvc(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What is answered to whether another DVC is at work; to ask it takes seconds."""
    answer = [False]
    monkeypatch.setattr(reproduce, "dvc_at_work", lambda: answer[0])
    return answer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ALL", "ORIGINALS", "SEEDS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "params.yaml").write_bytes(PARAMS.read_bytes())
    return tmp_path


def dvc_answers(monkeypatch: pytest.MonkeyPatch, status: int, writes_page: bool = True) -> list[int]:
    """Let `repro` give this status, and note how many seeds it was asked for."""
    asked: list[int] = []

    def repro() -> int:
        asked.append(load().run.seeds)
        if writes_page:
            reproduce.PAGE.parent.mkdir(exist_ok=True)
            reproduce.PAGE.write_text("<p>")
        return status

    monkeypatch.setattr(reproduce, "repro", repro)
    return asked


def ended(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the command, which must end with an error: its status and its message."""
    with pytest.raises(SystemExit) as caught:
        reproduce.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


def test_the_choice_is_written_before_dvc_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEEDS", "7")
    asked = dvc_answers(monkeypatch, 0)
    reproduce.main()
    assert asked == [7]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("reproduce: params.yaml: run.seeds: ") and lines[0].endswith(" becomes 7")
    assert ", 7 seeds, " in lines[1] and lines[2] == "reproduce: done; open reports/index.html"


def test_a_second_time_there_is_nothing_to_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEEDS", "7")
    dvc_answers(monkeypatch, 0)
    reproduce.main()
    capsys.readouterr()
    before = (folder / "params.yaml").stat().st_mtime_ns
    reproduce.main()
    assert "becomes" not in capsys.readouterr().out
    assert (folder / "params.yaml").stat().st_mtime_ns == before


@pytest.mark.parametrize("status", [1, 130, 255])
def test_the_status_of_dvc_is_passed_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    dvc_answers(monkeypatch, status)
    code, message = ended(capsys)
    assert code == status and message.count("\n") == 1 and "`make reproduce` continues" in message


def test_a_page_that_is_missing_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dvc_answers(monkeypatch, 0, writes_page=False)
    assert ended(capsys) == (1, "reproduce: reports/index.html is missing; run `dvc repro -f -s report`\n")


@pytest.mark.parametrize(("name", "value", "words"), [("ALL", "yes", "ALL=yes"), ("SEEDS", "9999", "run.seeds")])
def test_a_wrong_choice_ends_it_before_dvc(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    asked = dvc_answers(monkeypatch, 0)
    code, message = ended(capsys)
    assert code == 1 and words in message and asked == []
    assert (folder / "params.yaml").read_bytes() == PARAMS.read_bytes()


def test_without_params_it_says_where_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(capsys) == (1, "reproduce: params.yaml does not exist; run from the project's root folder\n")


@pytest.mark.parametrize(("originals", "words"), [(True, "on originals"), (False, "built-in sample")])
def test_the_summary_says_what_on_what(originals: bool, words: str) -> None:
    params = load(PARAMS)
    run = params.run.model_copy(update={"experiments": ["am_64"], "seeds": 4, "originals": originals})
    text = reproduce.summary(params.model_copy(update={"run": run}))
    assert text.startswith("1 experiment, 4 seeds, ") and words in text


def test_dvc_itself_gives_the_status(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert reproduce.repro("windows") == 253  # of DVC outside of its repository
    assert "not inside of a DVC repository" in capfd.readouterr().err


def test_an_interrupt_waits_for_dvc_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[int | type[BaseException]] = [KeyboardInterrupt, KeyboardInterrupt, 130]

    class Process:
        def __init__(self, words: list[str]) -> None:
            assert words[1:] == ["-m", "dvc", "repro", "windows"]

        def wait(self) -> int:
            answer = answers.pop(0)
            if isinstance(answer, int):
                return answer
            raise answer

    monkeypatch.setattr(subprocess, "Popen", Process)
    assert reproduce.repro("windows") == 130 and answers == []


def test_a_second_one_changes_nothing_and_is_told_who_is_at_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEEDS", "1")
    asked = dvc_answers(monkeypatch, 0)
    with hold("make reproduce"):
        code, message = ended(capsys)
    assert code == 1 and message.startswith(f"reproduce: make reproduce (process {os.getpid()}, since ")
    assert asked == [] and (folder / "params.yaml").read_bytes() == PARAMS.read_bytes()


def test_a_stage_that_outlived_its_dvc_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [{7: "python -m pipeline.stages.train (process 7, since 10:20:03)"}] * 2 + [{}]
    monkeypatch.setattr(reproduce, "at_work", lambda checkout, words: seen.pop(0))
    monkeypatch.setattr(reproduce.time, "sleep", lambda seconds: None)
    dvc_answers(monkeypatch, 0)
    reproduce.main()
    said = capsys.readouterr().out.splitlines()[0]
    assert said.endswith("train (process 7, since 10:20:03) is at work in this checkout; this one waits") and seen == []


@pytest.mark.parametrize(("statuses", "runs"), [([1, 0], 2), ([1, 1], 2)])
def test_damaged_data_are_removed_and_made_again_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], statuses: list[int], runs: int
) -> None:
    with sealed_directory(Path("data/windows/a")) as beside:
        (beside / "x.npz").write_bytes(b"whole")
    Path("data/windows/a/x.npz").write_bytes(b"whale")
    left = list(statuses)
    monkeypatch.setattr(reproduce, "repro", lambda: left.pop(0))
    assert reproduce.run_stages() == statuses[-1] and left == []
    assert "data/windows/a/x.npz: not what was written; removed, and made again" in capsys.readouterr().out
    assert not Path("data/windows/a").exists()


def test_what_looks_damaged_is_left_while_another_dvc_is_at_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dvc: list[bool]
) -> None:
    dvc[0] = True
    with sealed_directory(Path("data/windows/a")) as beside:
        (beside / "x.npz").write_bytes(b"whole")
    Path("data/windows/a/x.npz").unlink()
    left = [255]
    monkeypatch.setattr(reproduce, "repro", lambda: left.pop(0))
    assert reproduce.run_stages() == 255 and left == []
    assert "another DVC is running in this checkout" in capsys.readouterr().out
    assert Path("data/windows/a/sha256.json").exists()


@pytest.mark.parametrize("status", [1, reproduce.INTERRUPTED])
def test_without_damage_a_failure_is_passed_on_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    left = [status]
    monkeypatch.setattr(reproduce, "repro", lambda: left.pop(0))
    assert reproduce.run_stages() == status and left == []
