"""A csv of the station: read in every spelling, and every fault told with its line and column."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.climate.station_csv import COLUMNS, DATE, FIRST_LINE, header_fault, parse
from tests.made_originals import CELSIUS, csv, weather

LINES = weather()


def with_field(line: int, column: str, text: str) -> bytes:
    """Return the csv with another field in a line, 1 for the header."""
    lines = [list(fields) for fields in LINES]
    lines[line - 1][lines[0].index(column)] = text
    return csv(lines)


def same(table, lines=LINES) -> bool:
    """Say whether a table holds the fields of the made csv, and its numbers."""
    numbers = [[float(field) for field in line[1:]] for line in lines[1:]]
    return table.text.to_numpy().tolist() == lines[1:] and table.values.tolist() == numbers


def test_fields_are_kept_as_they_are_written():
    table = parse(with_field(3, "T (degC)", "-9999.00"), "x.csv")
    assert table.text["T (degC)"].tolist()[1] == "-9999.00" and table.values[1, CELSIUS] == -9999
    assert list(table.text.columns) == [DATE, *COLUMNS] and table.dropped == []
    assert str(table.dates.iloc[0]) == "2009-01-01 00:10:00" and table.values.dtype == np.float64


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(encoding):
    lines = [[*line, "1" if row else "SWDR (W/m²)"] for row, line in enumerate(LINES)]
    table = parse(csv(lines, encoding), "x.csv")
    assert same(table) and table.dropped == ["SWDR (W/m²)"]


@pytest.mark.parametrize("end", [b"\n", b"\n\n\n", b"\r\n"])
def test_empty_lines_at_the_end(end):
    assert same(parse(csv(LINES) + end, "x.csv"))


def test_no_newline_at_the_end():
    assert same(parse(csv(LINES).rstrip(b"\n"), "x.csv"))


def test_lines_of_windows():
    assert same(parse(csv(LINES).replace(b"\n", b"\r\n"), "x.csv"))


@pytest.mark.parametrize("quote", ['"', "'", " "])
def test_names_in_quotes(quote):
    names = [f"{quote}{name}{quote}" for name in LINES[0]]
    assert same(parse(csv([names, *LINES[1:]]), "x.csv"))


def test_columns_in_another_order_and_more_of_them():
    lines = [["rain (mm)", *line[::-1], "CO2 (ppm)"] for line in LINES]
    table = parse(csv(lines), "x.csv")
    assert same(table) and table.dropped == ["rain (mm)", "CO2 (ppm)"]


def test_missing_columns():
    lines = [line[:-3] for line in LINES]
    with pytest.raises(
        UserError,
        match=r"^x\.csv has no column wv \(m/s\), max\. wv \(m/s\), wd \(deg\);\nit needs the date and the 14",
    ):
        parse(csv(lines), "x.csv")


def test_a_column_twice():
    lines = [[*line, line[1]] for line in LINES]
    with pytest.raises(UserError, match=r"^x\.csv has the column p \(mbar\) more than once"):
        parse(csv(lines), "x.csv")


@pytest.mark.parametrize("text", ["rain", "", "nan", "inf", "1.2.3", "-", "None"])
def test_text_where_a_number_belongs(text):
    with pytest.raises(UserError, match=rf"^x\.csv, line 4, column rh \(%\): '{text}' is not a number; correct it"):
        parse(with_field(4, "rh (%)", text), "x.csv")


@pytest.mark.parametrize("text", ["2009-01-01 00:20:00", "", "32.01.2009 00:20:00", "01.01.2009"])
def test_text_where_a_date_belongs(text):
    with pytest.raises(UserError, match=rf"^x\.csv, line 3, column Date Time: '{text}' is not a date"):
        parse(with_field(3, DATE, text), "x.csv")


def test_an_empty_line_in_the_middle():
    lines = csv(LINES).splitlines(keepends=True)
    with pytest.raises(UserError, match=r"^x\.csv, line 3, column Date Time: '' is not a date"):
        parse(b"".join([*lines[:2], b"\n", *lines[2:]]), "x.csv")


def test_a_file_that_was_cut_off():
    content = csv(LINES)
    with pytest.raises(UserError, match=r"^x\.csv, line 6, column .*: '' is not a number"):
        parse(content[: content.rindex(b",", 0, -20)], "x.csv")


def test_a_line_with_more_fields():
    with pytest.raises(UserError, match=r"^x\.csv is not a csv table: .* Expected 15 fields in line 3, saw 16"):
        parse(with_field(3, "rh (%)", "1,5"), "x.csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_an_unknown_encoding(encoding):
    with pytest.raises(UserError, match=r"^x\.csv is neither UTF-8 nor latin-1; save it as UTF-8"):
        parse(csv(LINES, encoding), "x.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file(content):
    with pytest.raises(UserError, match=r"^x\.csv is not a csv table"):
        parse(content, "x.csv")


def test_a_header_alone():
    with pytest.raises(UserError, match=r"^x\.csv has a header but no rows"):
        parse(csv(LINES[:1]), "x.csv")


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
@pytest.mark.parametrize("point", [".", ","])
def test_another_separator_is_named(mark, word, point):
    lines = [mark.join(line).replace(".", point) if row else mark.join(line) for row, line in enumerate(LINES)]
    with pytest.raises(UserError, match=rf"^x\.csv separates its columns with {word}; save it with commas"):
        parse("\n".join(lines).encode(), "x.csv")


def test_a_column_twice_that_the_document_lacks():
    lines = [[*line, "0", "0"] if row else [*line, "rain (mm)", " rain (mm)"] for row, line in enumerate(LINES)]
    with pytest.raises(UserError, match=r"^x\.csv has the column rain \(mm\) more than once; remove one of them"):
        parse(csv(lines), "x.csv")


@pytest.mark.parametrize("text", ["1e30", "-9999.99", "9999", "-300.01", "9" * 5000])
def test_a_number_that_is_no_measurement(text):
    with pytest.raises(
        UserError, match=r"^x\.csv, line 4, column rh \(%\): '.{1,45}' is not (between -300 and|a numb)"
    ):
        parse(with_field(4, "rh (%)", text), "x.csv")


def test_the_first_line_is_enough_to_choose(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(csv(LINES))
    assert header_fault(path) is None
    path.write_bytes(b'"Date Time","a"\r\n1,2,3')
    assert str(header_fault(path)).startswith("has no column p (mbar), T (degC)")
    path.write_bytes(b"x" * (FIRST_LINE + 1))
    assert header_fault(path) == "is not a csv table: its first line is too long"
    path.write_bytes(b"\0\5\x16\7")
    assert str(header_fault(path)).startswith("is neither UTF-8 nor latin-1")
    assert header_fault(tmp_path / "none.csv") == "cannot be read (No such file or directory)"
