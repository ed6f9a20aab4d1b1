"""From a csv of the station to data/raw/climate: which file is taken, and whether it is the document's."""

import io
import os
import struct
import zipfile
from datetime import datetime, timedelta

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import digest
from pipeline.sources.climate import originals
from pipeline.sources.climate.document import NAME
from pipeline.sources.climate.originals import choose, collect_climate, unpacked
from pipeline.sources.climate.station_csv import COLUMNS, DATE_FORMAT
from tests.made_originals import csv, known_weather, weather, write_jena

LINES = weather(13)
LACKING = csv([line[:-3] for line in LINES])
WHOLE = weather(6700, year=2020)  # enough for a window in every part


def collect(root, **how):
    """Collect from a mirror."""
    return collect_climate(root / "out", root, root / "downloads", **how)


def changed(*moves) -> list[list[str]]:
    """Return the long table with its rows, without the header, given to each function in turn."""
    rows = [list(line) for line in WHOLE[1:]]
    for move in moves:
        rows = move(rows)
    return [WHOLE[0], *rows]


def later(rows: list[list[str]], minutes: int) -> list[list[str]]:
    """Move the dates of rows."""
    moved = [datetime.strptime(row[0], DATE_FORMAT) + timedelta(minutes=minutes) for row in rows]
    return [[f"{date:{DATE_FORMAT}}", *row[1:]] for date, row in zip(moved, rows, strict=True)]


def test_other_years(tmp_path, capsys):
    lines = [[*line, "0" if row else "rain (mm)"] for row, line in enumerate(WHOLE)]
    lines[2][-2] = lines[3][-2] = "-9999.0"
    write_jena(tmp_path, "roof.csv", csv(lines, "latin-1"))
    card = collect(tmp_path)
    assert card["data"] == "Jena climate 2020-01-01 to 2020-02-16" and card["kind"] == "other"
    assert (card["source"], card["file"], card["rows"]) == ("mirror", "roof.csv", 6700)
    assert (card["first"], card["last"]) == ("2020-01-01 00:10:00", "2020-02-16 12:40:00")
    assert card["dropped"] == ["rain (mm)"] and (card["gaps"], card["rows in gaps"], card["doubles"]) == (0, 0, 0)
    assert card["missing"] == {name: 2 if name == "wd (deg)" else 0 for name in COLUMNS}
    assert card["sha256"] == digest(tmp_path / "out" / "table.csv")
    assert (tmp_path / "out" / "table.csv").read_bytes() == csv([line[:-1] for line in lines])
    assert capsys.readouterr().out == ""


def test_the_documents_file(tmp_path):
    write_jena(tmp_path, NAME, csv(LINES))
    card = collect(tmp_path, known=known_weather(LINES))
    assert card["data"] == "Jena climate 2009-2016" and card["kind"] == "document"
    assert (tmp_path / "out" / "table.csv").read_bytes() == csv(LINES)


def test_a_part_of_the_documents_file_is_another(tmp_path):
    write_jena(tmp_path, NAME, csv(WHOLE[:-1]))
    assert collect(tmp_path, known=known_weather(WHOLE))["kind"] == "other"


def test_the_documents_rows_with_another_value_are_refused(tmp_path):
    lines = [list(line) for line in LINES]
    lines[3][2] = str(float(lines[3][2]) + 0.01)
    write_jena(tmp_path, NAME, csv(lines))
    with pytest.raises(
        UserError, match=r"csv has the dates of .* but different values: the mean of T \(degC\) is .*, exp"
    ):
        collect(tmp_path, known=known_weather(LINES))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ([lambda rows: rows[::-1]], r"line 3: 2020-02-16 12:30:00 comes after 2020-02-16 12:40:00; sort the rows"),
        ([lambda rows: [rows[n] for n in np.random.default_rng(0).permutation(len(rows))]], "comes after"),
        ([sorted], "line 289: 2020-01-02 00:00:00 comes after 2020-02-01 23:50:00"),
        ([lambda rows: rows[4000:] + rows[:4000]], "line 2702: 2020-01-01 00:10:00 comes after"),
        ([lambda rows: later(rows[::6], 0)], "its rows are 60 minutes apart, expected 10; use the station's"),
        ([lambda rows: [*rows[:2], *later(rows[1:2], 3), *rows[2:]]], "line 4: .* is less than 10 minutes after"),
        (
            [lambda rows: [*rows[:9], [*rows[8][:-1], "1"], *rows[9:]]],
            "line 11 has the date .* of line 10 and different",
        ),
        ([lambda rows: rows[:6600]], "its 6,600 rows leave no window for the validation part: each needs 1,584 rows"),
        ([lambda rows: rows[:1]], "leave no window for the training part"),
        ([lambda rows: rows[:6300] + later(rows[6300:], 10)], "leave no window for the test part"),
        ([lambda rows: [[*row[:-1], "0.00"] for row in rows]], r"wd \(deg\) has no value, or always the same one, in"),
        (
            [lambda rows: [[*row[:-1], "-9999.00" if n < 3300 else row[-1]] for n, row in enumerate(rows)]],
            r"wd \(deg\) has no value, or always the same one, in the training part \(the first 48 % of the rows\);\n",
        ),
    ],
)
def test_time_and_sensors_that_are_refused_in_one_line(tmp_path, moves, said):
    write_jena(tmp_path, "roof.csv", csv(changed(*moves)))
    with pytest.raises(UserError, match=rf"roof\.csv.*{said}"):
        collect(tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("moves", "said", "rows"),
    [
        (
            [lambda rows: [row for row in rows for _twice in (0, 1)]],
            "roof.csv has 6,700 doubled rows, left out",
            6700,
        ),
        ([lambda rows: rows[:200] + rows[194:]], "roof.csv has 6 doubled rows, left out", 6700),  # an hour twice
        ([lambda rows: rows + rows], "roof.csv has 6,700 doubled rows, left out", 6700),
        (
            [lambda rows: rows[:10] + later(rows[10:], 365 * 1440)],
            "roof.csv has 1 gap (52,560 rows), which windows do not reach over",
            6700,
        ),
        (
            [lambda rows: rows[:10] + rows[12:20] + rows[19:21] + later(rows[21:], 5)],
            "roof.csv has 2 gaps (3 rows), which windows do not reach over and 1 doubled row, left out",
            6698,
        ),
    ],
)
def test_gaps_and_doubled_rows_are_counted_and_said(tmp_path, capsys, moves, said, rows):
    write_jena(tmp_path, "roof.csv", csv(changed(*moves)))
    card = collect(tmp_path)
    assert capsys.readouterr().out == f"originals: climate: {said}\n"
    assert card["rows"] == rows == len((tmp_path / "out/table.csv").read_text().splitlines()) - 1


def test_the_doubled_rows_of_the_document_stay(tmp_path, capsys):
    lines = [*LINES[:5], *LINES[3:]]
    known = known_weather(lines)
    dates = [datetime.strptime(line[0], DATE_FORMAT).isoformat() for line in lines[1:]]
    write_jena(tmp_path, NAME, csv(lines))
    card = collect(tmp_path, known=known.__class__(((dates[0], dates[3]), (dates[4], dates[-1])), *known_rest(known)))
    assert (card["kind"], card["rows"], card["doubles"]) == ("document", 15, 2)
    assert capsys.readouterr().out.endswith("csv has 2 doubled rows, kept as in the document\n")


def known_rest(known):
    """Return what is known but for the dates."""
    return known.all_rows, known.every_sixth, known.opening, known.md5


def test_the_documents_file_is_preferred(tmp_path):
    write_jena(tmp_path, "a.csv", csv(LINES))
    folder = write_jena(tmp_path, NAME, csv(LINES))
    assert choose(tmp_path) == folder / NAME


def test_a_csv_that_lacks_columns_is_passed_over(tmp_path):
    write_jena(tmp_path, "a.csv", LACKING)
    folder = write_jena(tmp_path, "b.csv", csv(LINES))
    assert choose(tmp_path) == folder / "b.csv"


def test_a_csv_that_lacks_columns_alone(tmp_path):
    write_jena(tmp_path, "a.csv", LACKING)
    text = r"jena: no csv with the 14 columns of .*2016\.csv \(a\.csv has no column wv \(m/s\), .*, wd \(deg\); .*\);\n"
    with pytest.raises(UserError, match=text):
        collect(tmp_path)


def test_the_documents_name_is_not_passed_over_in_silence(tmp_path):
    write_jena(tmp_path, NAME, LACKING)
    write_jena(tmp_path, "b.csv", csv(LINES))
    with pytest.raises(UserError, match=rf"\({NAME} has no column"):
        choose(tmp_path)


def test_hidden_files_and_files_that_are_none_are_passed_over(tmp_path):
    folder = write_jena(tmp_path, "._z.csv", b"\0\5\x16\7\0")
    os.mkfifo(folder / "a.csv")
    (folder / "b.csv").mkdir()
    (folder / "c.csv").symlink_to("c.csv")
    (folder / "d.csv").symlink_to("/dev/zero")
    (folder / "e.csv").symlink_to("/etc/passwd")
    (folder / os.fsdecode(b"f\xff.csv")).write_bytes(b"\0")
    (folder / "g.csv").write_bytes(b"")
    with pytest.raises(UserError, match=r"\(a\.csv is not a plain file; b\.csv is not a plain file; c\.csv is a link"):
        choose(tmp_path)
    write_jena(tmp_path, "z.csv", csv(LINES))
    assert choose(tmp_path) == folder / "z.csv"


def test_a_fifo_of_the_documents_name_does_not_hang(tmp_path):
    (tmp_path / "jena").mkdir()
    os.mkfifo(tmp_path / "jena" / NAME)
    with pytest.raises(UserError, match="is not a plain file"):
        choose(tmp_path)


def test_a_name_that_is_no_text(tmp_path):
    write_jena(tmp_path, os.fsdecode(b"caf\xe9.csv"), csv(WHOLE))
    assert collect(tmp_path)["file"] == "caf\\udce9.csv"


def test_a_link_inside_the_mirror_may_be_used(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store/t.csv").write_bytes(csv(LINES))
    (tmp_path / "jena").mkdir()
    (tmp_path / "jena/t.csv").symlink_to("../store/t.csv")
    assert choose(tmp_path) == tmp_path / "jena/t.csv"


def test_a_csv_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(originals, "BYTES", 1000)
    write_jena(tmp_path, "a.csv", csv(LINES))
    with pytest.raises(UserError, match=r"a\.csv has 1,\d\d\d bytes, at most 1,000 are read"):
        choose(tmp_path)


def test_no_csv(tmp_path):
    (tmp_path / "jena").mkdir()
    with pytest.raises(UserError, match=r"\(there is no csv\)"):
        choose(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*jena;"):
        choose(tmp_path)


def bomb(size: int = 36 << 30) -> bytes:
    """Return a zip whose directory says that the csv has this many bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(NAME, csv(LINES))
    content = stream.getvalue()
    place = content.rindex(b"PK\1\2") + 24
    return content[:place] + struct.pack("<I", min(size, 0xFFFFFFFE)) + content[place + 4 :]


@pytest.mark.parametrize("content", [b"", b"<html>sign in</html>", bomb()])
def test_an_archive_that_is_none_is_removed(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.zip is not the archive of .* it was removed\.\nTry again, or set REPRISE"):
        unpacked(tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
