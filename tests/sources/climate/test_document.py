"""The document's table is known by its dates, its figures and the order of both."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.climate.document import DOCUMENT, Known, dates_of, is_document, opening_digest
from pipeline.sources.climate.station_csv import COLUMNS, parse
from pipeline.sources.climate.timeline import INTERVAL, breaks, count_doubles, count_gaps
from tests.made_originals import csv, known_weather, weather

LINES = weather(400)


def document(lines: list[list[str]], known: Known) -> bool:
    """Say whether lines are taken for the known file."""
    return is_document(parse(csv(lines), "x.csv"), csv(lines), known, "x.csv", "remedy")


def test_what_is_known_of_the_documents_file_fits_together():
    for figures in (DOCUMENT.all_rows, DOCUMENT.every_sixth):
        assert len(figures.means) == len(figures.deviations) == len(COLUMNS)
    # -9999 stands 18 and 20 times among the winds: so far off are their deviations.
    for column, count in ((11, 18), (12, 20)):
        assert DOCUMENT.all_rows.deviations[column] == pytest.approx(9999 * np.sqrt(count / 420_551), rel=1e-3)
    # A sixth of the rows has nearly the same figures.
    for all_rows, sixth in zip(DOCUMENT.all_rows.means, DOCUMENT.every_sixth.means, strict=True):
        assert sixth == pytest.approx(all_rows, abs=0.1)


def test_the_dates_of_the_documents_file():
    dates = dates_of(DOCUMENT)
    assert (len(dates), str(dates[0]), str(dates[-1])) == (420_551, "2009-01-01T00:10:00", "2017-01-01T00:00:00")
    assert count_doubles(dates) == 327 and (count_gaps(dates).count, count_gaps(dates).rows) == (5, 544)
    back = np.flatnonzero(np.diff(dates) < np.timedelta64(0)) + 1
    assert back.tolist() == [78_766, 274_565] and len(breaks(dates)) == 7
    assert (np.diff(np.unique(dates)) == INTERVAL).sum() == 420_218


def test_the_opening_is_that_of_the_mirror(mirror):
    path = mirror / "jena" / "jena_2009_first4000.csv"
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(1, 12))
    assert values.shape == (4000, 11) and opening_digest(values) == DOCUMENT.opening


def test_the_known_rows_are_the_document():
    assert document(LINES, known_weather(LINES))
    assert not document(LINES[:-1], known_weather(LINES))


def test_a_file_with_the_known_checksum_is_the_document_whatever_else_is_known():
    md5 = hashlib.md5(csv(LINES), usedforsecurity=False).hexdigest()
    assert document(LINES, replace(known_weather(LINES), md5=md5, opening="another", runs=DOCUMENT.runs))


@pytest.mark.parametrize(
    "order",
    [
        lambda rows: [rows[0], *rows[-2:0:-1], rows[-1]],
        lambda rows: [rows[0], *(rows[1 + n] for n in np.random.default_rng(0).permutation(len(rows) - 2)), rows[-1]],
        lambda rows: rows[:6] + rows[12:18] + rows[6:12] + rows[18:],
    ],
)
def test_permuted_rows_are_not_the_document(order):
    with pytest.raises(UserError, match=r"^x\.csv has the rows of .* but in a different order: line \d+ is of 2009-"):
        document([LINES[0], *order(LINES[1:])], known_weather(LINES))


@pytest.mark.parametrize("column", [1, 2, 14])
def test_a_permuted_column_is_not_the_document(column):
    lines = [list(line) for line in LINES]
    for row, other in enumerate(np.random.default_rng(0).permutation(len(LINES) - 1)):
        lines[1 + row][column] = LINES[1 + other][column]
    with pytest.raises(UserError, match=r"different values: the mean of .* of every sixth row is .*, expected"):
        document(lines, known_weather(LINES))


def test_values_that_changed_places_under_the_same_dates_are_seen_in_the_opening():
    lines = [list(line) for line in LINES]
    lines[7][1:], lines[13][1:] = LINES[13][1:], LINES[7][1:]
    with pytest.raises(UserError, match="different values: its first 4,000 rows have the sha256"):
        document(lines, known_weather(LINES))


def test_other_deviations_are_not_the_document():
    known = known_weather(LINES)
    figures = replace(known.all_rows, deviations=(known.all_rows.deviations[0] + 1e-5, *known.all_rows.deviations[1:]))
    with pytest.raises(UserError, match=r"the standard deviation of p \(mbar\) is .*;\nremedy"):
        document(LINES, replace(known, all_rows=figures))
