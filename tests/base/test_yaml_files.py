"""YAML of people: what is wrong is said in one line with file and line, and nothing takes memory or time."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.base.yaml_files import read_yaml

BOMB = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
MANY = "a: &a 1\nb: [" + ", ".join(["*a"] * 200) + "]\n"
WRONG = {
    "many": (MANY, "line 2: the alias *a goes too far"),
    "cut": ("run: [3", "is not YAML: line 1: "),
    "twice": ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is there twice; remove one"),
    "bomb": (BOMB, "line 2: the alias *a goes too far; write the values out"),
    "tag": ("a: !!python/object/apply:os.system [ls]\n", "is not YAML: line 1: could not determine a constructor"),
    "digits": (f"a: {'9' * 5000}\n", "is not YAML: ValueError: "),
    "deep": ("[" * 5000, "is not YAML: "),
    "tab": ("a:\n\t- 1\n", "is not YAML: line 2: "),
    "two": ("a: 1\n---\nb: 2\n", "is not YAML: "),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_one_line_that_names_the_file(tmp_path: Path, kind: str) -> None:
    text, message = WRONG[kind]
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_yaml(path)
    assert str(error.value).startswith(str(path)) and message in str(error.value) and "\n" not in str(error.value)


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(UserError, match="is not YAML: UnicodeDecodeError"):
        read_yaml(tmp_path / "a.yaml")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as stream:
        stream.truncate(10**10)
    with pytest.raises(UserError, match="10,000,000,000 bytes are too many"):
        read_yaml(tmp_path / "a.yaml")


def test_values_are_plain(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &x [1, 2.5, true, null, 한글]\nb: *x\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {key: [1, 2.5, True, None, "한글"] for key in "ab"}
