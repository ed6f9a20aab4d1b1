"""The commit of a run, and which files differed from it: a choice of runs is no change of the code."""

import subprocess
from pathlib import Path

import pytest

from pipeline.tracking.checkout import checkout_tags, git_commit


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    words = ("git", "-C", str(folder), *who, *words)
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def commit(folder: Path) -> str:
    for name in ("a", "params.yaml", "dvc.lock"):
        (folder / name).write_text("1")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "tag", "v1")
    return git(folder, "rev-parse", "HEAD")


def test_without_git_nothing_is_known(folder: Path) -> None:
    assert checkout_tags() == {"git_commit": "unknown"}


def test_the_commit_is_named_and_whether_files_differ(
    folder: Path, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checkout_tags() == {"git_commit": commit}
    (folder / "a").write_text("2")
    assert checkout_tags() == {"git_commit": f"{commit}-dirty", "git_changed": "a"}
    monkeypatch.setenv("PATH", "")
    assert git_commit() == "unknown"


def test_a_choice_of_runs_is_no_change(folder: Path, commit: str) -> None:
    for name in ("params.yaml", "dvc.lock", "new"):
        (folder / name).write_text("2")
    assert checkout_tags() == {"git_commit": commit}


def test_of_many_changed_files_some_are_named(folder: Path, commit: str) -> None:
    names = [f"f{place:02}" for place in range(22)]
    for name in names:
        (folder / name).write_text("1")
    git(folder, "add", ".")
    assert checkout_tags()["git_changed"] == f"{', '.join(names[:20])} and 2 more"
