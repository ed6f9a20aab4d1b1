"""ALL, ORIGINALS, SWEEP and SEEDS: read, refused where wrong, written into params.yaml without touching the rest."""

import difflib
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.commands.choice import asked, write_choice
from pipeline.params import load

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


@pytest.fixture
def params(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_bytes(PARAMS.read_bytes())
    write_choice(path, {"experiments": "quick", "seeds": 3, "originals": False})
    return path


@pytest.mark.parametrize(
    ("environment", "run"),
    [
        ({}, {}),
        ({"ALL": "", "ORIGINALS": "", "SEEDS": ""}, {}),  # as make hands them on
        ({"ALL": "1"}, {"experiments": "all"}),
        ({"SWEEP": "1"}, {"sweep": True}),
        ({"ENGINE": "jax"}, {"engine": "jax"}),
        ({"ALL": "0"}, {"experiments": "quick"}),
        ({"ORIGINALS": "1"}, {"originals": True}),
        ({"ORIGINALS": "0", "SEEDS": "12"}, {"originals": False, "seeds": 12}),
    ],
)
def test_what_is_asked_for(environment: dict[str, str], run: dict[str, Any]) -> None:
    assert asked(environment | {"HOME": "/"}) == run


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("ALL", "yes", "ALL=1 or ALL=0"),
        ("ALL", "2", "ALL=1 or ALL=0"),
        ("ORIGINALS", "true", "ORIGINALS=1 or ORIGINALS=0"),
        ("ENGINE", "pytorch", "ENGINE=auto, ENGINE=tensorflow or ENGINE=jax"),
        *[("SEEDS", text, "a whole number, 1 or more") for text in ("0", "-1", "1.5", "x", "²", " ")],
    ],
)
def test_what_is_wrong_is_refused_with_a_remedy(name: str, text: str, remedy: str) -> None:
    with pytest.raises(UserError) as caught:
        asked({name: text})
    assert f"{name}={text}:" in str(caught.value) and remedy in str(caught.value)


def test_only_the_lines_of_the_choice_change(params: Path) -> None:
    before = params.read_text(encoding="utf-8").splitlines()
    lines = write_choice(params, {"experiments": "all", "seeds": 5, "originals": True})
    assert lines == [
        "params.yaml: run.experiments: quick becomes all",
        "params.yaml: run.seeds: 3 becomes 5",
        "params.yaml: run.originals: False becomes True",
    ]
    changed = list(difflib.ndiff(before, params.read_text(encoding="utf-8").splitlines()))
    gone = [line[2:].split() for line in changed if line.startswith("- ")]
    come = [line[2:].split() for line in changed if line.startswith("+ ")]
    assert [words[:2] for words in gone] == [["experiments:", "quick"], ["seeds:", "3"], ["originals:", "false"]]
    assert [words[:2] for words in come] == [["experiments:", "all"], ["seeds:", "5"], ["originals:", "true"]]
    assert [words[2:] for words in gone] == [words[2:] for words in come]  # the comments
    run = load(params).run
    assert (run.experiments, run.seeds, run.originals) == ("all", 5, True)


def test_a_list_of_names_can_be_written_over(params: Path) -> None:
    params.write_text(params.read_text(encoding="utf-8").replace("quick   #", "[am_64]  #", 1), encoding="utf-8")
    assert load(params).run.experiments == ["am_64"]
    write_choice(params, {"experiments": "all"})
    assert load(params).run.experiments == "all"


@pytest.mark.parametrize("run", [{}, {"seeds": 3}, {"experiments": "quick", "originals": False}])
def test_nothing_is_written_when_nothing_changes(params: Path, run: dict[str, Any]) -> None:
    before = params.stat()
    assert write_choice(params, run) == []
    assert (params.stat().st_ino, params.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seeds: 3", "seeds: three", "run.seeds"),
        ("seeds: 3", "seed: 3", "run.seed: unknown key"),
        ("seeds: 3", "seeds: [3", "is not YAML"),
    ],
)
def test_nothing_is_written_into_a_file_that_is_wrong(params: Path, old: str, new: str, words: str) -> None:
    text = params.read_text(encoding="utf-8").replace(old, new, 1)
    params.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=words):
        write_choice(params, {"originals": True})
    assert params.read_text(encoding="utf-8") == text


def test_nothing_is_written_that_would_make_it_wrong(params: Path) -> None:
    text = params.read_text(encoding="utf-8")
    with pytest.raises(UserError, match=r"run\.seeds: .* 1000, found 1001"):
        write_choice(params, {"seeds": 1001})
    assert params.read_text(encoding="utf-8") == text
