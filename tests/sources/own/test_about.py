"""Name, licence and citation of one's own sounds: from dataset.yaml, from variables, and refused where wrong."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.sources.own.about import NOT_STATED, about


def test_without_a_word_the_folder_gives_the_name(tmp_path: Path) -> None:
    (tmp_path / "My birds, 2024").mkdir()
    said = about(tmp_path / "My birds, 2024", {})
    assert (said.name, said.licence, said.citation, said.longest, said.folds) == (
        "My-birds-2024",
        NOT_STATED,
        NOT_STATED,
        5.0,
        5,
    )


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text("name: birds\nlicence: CC0\nlongest: 2\n")
    (tmp_path / "x.csv").touch()
    said = about(tmp_path / "x.csv", {"NAME": "owls", "FOLDS": "3", "LICENCE": "", "HOME": "/"})
    assert (said.name, said.licence, said.longest, said.folds) == ("owls", "CC0", 2.0, 3)


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        ("- a\n", {}, "expected keys and values such as"),
        ("license: CC0\n", {}, "'license' is no key of it; known: name, licence, citation"),
        ("", {"NAME": "../x"}, "NAME='../x': use letters"),
        ("", {"LONGEST": "long"}, "LONGEST=long: write a number"),
        ("longest: 100\n", {}, "LONGEST .*less than or equal to 30, found 100"),
        ("", {"FOLDS": "1"}, "FOLDS .*greater than or equal to 2, found 1"),
        ("licence: 4\n", {}, "LICENCE .*valid string, found 4"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(tmp_path: Path, text: str, given: dict[str, str], words: str) -> None:
    (tmp_path / "dataset.yaml").write_text(text or "{}")
    with pytest.raises(UserError, match=words) as caught:
        about(tmp_path, given)
    assert "\n" not in str(caught.value)
