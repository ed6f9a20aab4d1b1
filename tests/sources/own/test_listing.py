"""What a folder or a table lists: labels, recordings and folds, and what is wrong with it in one line."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.sources.own.listing import listing
from tests.made_own import folder, tone, write


def table(place: Path, text: str, name: str = "sounds.csv") -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
    return place / name


def test_a_subfolder_is_a_class_and_a_folder_in_it_a_recording(tmp_path: Path) -> None:
    folder(tmp_path, ("high", "low"), 2)
    for number in range(2):
        write(tmp_path / "low" / "walk" / f"{number}.wav", tone("low", number))
    found = {one.where: (one.label, one.recording) for one in listing(tmp_path)}
    assert found["high/high 0.wav"] == ("high", "high/high 0.wav")
    assert found["low/walk/0.wav"] == found["low/walk/1.wav"] == ("low", "low/walk")
    assert len(found) == 6


def test_what_file_managers_leave_and_other_files_are_no_sounds(tmp_path: Path) -> None:
    folder(tmp_path, ("high", "low"), 1)
    for name in ("high/.DS_Store", "high/._a.wav", "__MACOSX/a.wav", "high/notes.txt", ".git/a.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [one.where for one in listing(tmp_path)] == ["high/high 0.wav", "low/low 0.wav"]


def test_a_table_gives_label_fold_recording_and_licence(tmp_path: Path) -> None:
    path = table(tmp_path, "path,label,fold,recording,licence\na/1.wav,dog,2,77,CC0\n")
    for given in (path, tmp_path):
        (one,) = listing(given)
        assert (one.path, one.label, one.fold, one.recording, one.licence) == (
            tmp_path / "a/1.wav",
            "dog",
            "2",
            "77",
            "CC0",
        )


def test_without_a_recording_each_file_is_one(tmp_path: Path) -> None:
    found = listing(table(tmp_path, "label,path\ndog,1.wav\ndog,2.wav\n"))
    assert [one.recording for one in found] == ["1.wav", "2.wav"] and not found[0].fold


def test_a_folder_of_classes_may_hold_other_tables(tmp_path: Path) -> None:
    table(folder(tmp_path, ("high", "low"), 1), "a,b\n1,2\n", "notes.csv")
    assert len(listing(tmp_path)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path,kind\n1.wav,dog\n", "lacks the column label; name it in the first line"),
        ("path;label\n1.wav;dog\n", "separates its columns with semicolons"),
        ("path,label,label\n1.wav,dog,cat\n", "has the column label more than once"),
        ("path,label\n", "lists no sounds"),
        ("path,label\n1.wav,\n", "line 2: expected a path and a label"),
        ("path,label\n1.wav,dog,3\n", "line 2: expected a path and a label"),
        ("path,label\n1.wav,dog\n1.wav,cat\n", "path '1.wav' is listed twice"),
        ("path,label,fold\n1.wav,dog,1\n2.wav,cat,\n", "1 line without a fold, first '2.wav'"),
        ('path,label\n"1.wav,dog\n', "is not a csv in UTF-8"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        listing(table(tmp_path, text))
    assert str(tmp_path / "sounds.csv") in str(caught.value) and "\n" not in str(caught.value)


def test_a_path_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "secret.wav", tone("low", 0))
    with pytest.raises(UserError, match=r"line 2: path '../secret.wav' leads out of"):
        listing(table(tmp_path / "mine", "path,label\n../secret.wav,dog\n"))


@pytest.mark.parametrize("kind", ["none", "empty", "flat"])
def test_a_folder_without_classes_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "mine"
    if kind != "none":
        place.mkdir()
    if kind == "flat":
        write(place / "a.wav", tone("low", 0))
    words = "does not exist" if kind == "none" else "has no sounds; expected a sub-folder for each class"
    with pytest.raises(UserError, match=words):
        listing(place)


def test_of_two_tables_one_must_be_named(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        table(tmp_path, "path,label\n1.wav,dog\n", name)
    with pytest.raises(UserError, match=r"has 2 tables; write FOLDER=.*a\.csv"):
        listing(tmp_path)
