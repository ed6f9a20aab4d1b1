"""Metadata that is not UrbanSound8K's is an error that names file, line and value."""

import os

import pytest

from pipeline.base.console import UserError
from pipeline.sources.sounds.metadata import Row, read

HEAD = "slice_file_name,fsID,start,end,salience,fold,classID,class"
GOOD = "100032-3-0-0.wav,100032,0.0,0.317551,1,5,3,dog_bark"


def write(tmp_path, *lines):
    """Return the path of a metadata file with these lines."""
    path = tmp_path / "UrbanSound8K.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row(tmp_path):
    assert read(write(tmp_path, HEAD, GOOD)) == [Row("100032-3-0-0.wav", 5, 3, 100032)]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (GOOD.replace(",5,", ",five,"), "line 2: fold 'five' is not a whole number"),
        (GOOD.replace(",5,", ",11,"), "line 2: fold 11 is not between 1 and 10"),
        (GOOD.replace(",3,", ",10,"), "line 2: classID 10 is not between 0 and 9"),
        (GOOD.replace(",3,", ",-1,"), "line 2: classID '-1' is not a whole number"),
        (GOOD.replace("dog_bark", "siren"), "line 2: class 'siren' is not that of classID 3, dog_bark"),
        (GOOD.replace(",0.317551", ",nan"), "line 2: end 'nan' is not a number of seconds"),
        (GOOD.replace(",100032", ",x"), "line 2: fsID 'x' is not a whole number"),
        (GOOD.replace("100032-3-0-0.wav", "../../evil.wav"), r"line 2: slice_file_name '\.\./\.\./evil\.wav'"),
        (GOOD.replace("100032-3-0-0.wav", "/etc/a.wav"), "line 2: slice_file_name '/etc/a.wav'"),
        (GOOD.replace("100032-3-0-0.wav", ".wav"), r"line 2: slice_file_name '\.wav'"),
        (GOOD.removesuffix(",dog_bark"), "line 2: expected 8 values"),
        (GOOD + ",more", "line 2: expected 8 values"),
        (GOOD.replace(",100032", "," + "9" * 5000), r"line 2: fsID 9{37}\.\.\. is not between 0 and 2147483647"),
        (GOOD.replace(",5,", "," + "x" * 5000 + ","), r"line 2: fold 'x{37}\.\.\.' is not a whole number"),
        (GOOD + "\n" + GOOD, "'100032-3-0-0.wav' is given twice"),
    ],
)
def test_a_bad_row(tmp_path, bad, said):
    with pytest.raises(UserError, match=said) as caught:
        read(write(tmp_path, HEAD, bad))
    assert "UrbanSound8K.csv" in str(caught.value)


def test_a_missing_column(tmp_path):
    with pytest.raises(UserError, match="lacks the column fold"):
        read(write(tmp_path, HEAD.replace("fold,", ""), GOOD.replace("5,", "")))


def test_no_rows_no_text(tmp_path):
    with pytest.raises(UserError, match="has no rows"):
        read(write(tmp_path, HEAD))
    path = write(tmp_path, HEAD)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a CSV file in UTF-8"):
        read(path)


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_is_named(tmp_path, mark, word):
    for head in (HEAD, '"' + HEAD.replace(",", '","') + '"'):
        with pytest.raises(UserError, match=rf"csv separates its columns with {word}; save it with commas"):
            read(write(tmp_path, head.replace(",", mark), GOOD.replace(",", mark)))


@pytest.mark.parametrize("name", ["fold", "notes"])
def test_a_column_twice(tmp_path, name):
    head, row = (f"{HEAD},notes,{name}", f"{GOOD},,6") if name == "notes" else (f"{HEAD},{name}", f"{GOOD},6")
    with pytest.raises(UserError, match=rf"csv has the column {name} more than once; remove one of them"):
        read(write(tmp_path, head, row))


def test_a_file_that_is_none(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(UserError, match=r"a\.csv is not a plain file; fetch it again"):
        read(tmp_path / "a.csv")
