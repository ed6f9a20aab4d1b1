"""Tells whether a table is the document's, jena_climate_2009_2016.csv: its dates, its figures, and the order of both.

Neither the station nor Keras publishes a checksum of the file, so it is known by what public pages say of it. Its dates
are known one by one: two blocks of rows occur twice, and five gaps have no rows. pandas' describe() of all rows, and of
every sixth row (TensorFlow's tutorial on time series takes those), gives the means and deviations; the second changes
with the order of a column. The first 4,000 rows have a digest. One public repository that keeps the file in DVC has its
md5, which is enough by itself.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.climate.station_csv import COLUMNS, Table
from pipeline.sources.climate.timeline import INTERVAL

NAME = "jena_climate_2009_2016.csv"
OPENING = 4000, 11  # rows and columns that the digest is of
_HALF_A_DIGIT = 6e-7  # the figures have six decimals


@dataclass(frozen=True)
class Figures:
    """Mean and standard deviation (divisor n - 1) of every column."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]


@dataclass(frozen=True)
class Known:
    """What is known of a file: runs of dates ten minutes apart, figures of all and of every sixth row, digests."""

    runs: tuple[tuple[str, str], ...]
    all_rows: Figures
    every_sixth: Figures  # rows 5, 11, 17, ...
    opening: str  # sha256 of the first rows, see `opening_digest`
    md5: str  # of the file


DOCUMENT = Known(
    runs=(
        ("2009-01-01T00:10", "2009-10-08T09:40"),
        ("2009-10-08T10:10", "2010-07-02T00:00"),
        ("2010-07-01T00:10", "2013-05-16T08:50"),  # a day for the second time
        ("2013-05-16T09:10", "2014-03-21T17:20"),
        ("2014-03-20T11:00", "2014-07-30T08:00"),  # 183 rows for the second time
        ("2014-07-30T08:20", "2014-09-24T17:00"),
        ("2014-09-25T09:00", "2016-10-25T10:30"),
        ("2016-10-28T12:50", "2017-01-01T00:00"),
    ),
    all_rows=Figures(
        means=(
            *(989.212776, 9.450147, 283.492743, 4.955854, 76.008259, 13.576251, 9.533756),
            *(4.042412, 6.022408, 9.640223, 1216.062748, 1.702224, 3.056555, 174.743738),
        ),
        deviations=(
            *(8.358481, 8.423365, 8.504471, 6.730674, 16.476175, 7.739020, 4.184164),
            *(4.896851, 2.656139, 4.235395, 39.975208, 65.446714, 69.016932, 86.681693),
        ),
    ),
    every_sixth=Figures(
        means=(
            *(989.212842, 9.450482, 283.493086, 4.956471, 76.009788, 13.576576, 9.533968),
            *(4.042536, 6.022560, 9.640437, 1216.061232, 1.702567, 2.963041, 174.789095),
        ),
        deviations=(
            *(8.358886, 8.423384, 8.504424, 6.730081, 16.474920, 7.739883, 4.183658),
            *(4.898549, 2.655812, 4.234862, 39.974263, 65.447512, 75.597657, 86.619431),
        ),
    ),
    opening="2a3843ced2f2b46d3edc368b77e3edd42fe3bb260405519d41b019d54c050f3d",
    md5="959915f05bfafef18e471a97ae679535",
)


def is_document(table: Table, content: bytes, known: Known, where: str, remedy: str) -> bool:
    """Check whether a table, parsed from `content`, is the document's.

    Raises UserError if it has as many rows and the same first and last date, but differs from what is known.
    """
    if hashlib.md5(content, usedforsecurity=False).hexdigest() == known.md5:
        return True
    found, expected = table.dates.to_numpy("datetime64[s]"), dates_of(known)
    if len(found) != len(expected) or (found[0], found[-1]) != (expected[0], expected[-1]):
        return False
    fault = next(_differences(table, found, expected, known), None)
    if fault:
        raise UserError(f"{where} has {fault};\n{remedy}")
    return True


def dates_of(known: Known) -> np.ndarray:
    """List the dates of a known file, (rows,) datetime64[s]."""
    runs = [
        np.arange(np.datetime64(first, "s"), np.datetime64(last, "s") + INTERVAL, INTERVAL)
        for first, last in known.runs
    ]
    return np.concatenate(runs)


def opening_digest(values: np.ndarray) -> str:
    """Compute the sha256 of the first 4,000 rows of the first 11 columns, as float64."""
    rows, columns = OPENING
    return hashlib.sha256(values[:rows, :columns].astype("<f8").tobytes()).hexdigest()


def _differences(table: Table, found: np.ndarray, expected: np.ndarray, known: Known) -> Iterator[str]:
    for row in np.flatnonzero(found != expected)[:1]:
        dates = f"line {table.text.index[row] + 1} is of {found[row]}, expected {expected[row]}"
        yield f"the rows of {NAME} but in a different order: {dates.replace('T', ' ')}"
    same = f"the dates of {NAME} but different values"
    for what, rows, figures in (
        ("", slice(None), known.all_rows),
        (" of every sixth row", slice(5, None, 6), known.every_sixth),
    ):
        values = table.values[rows]
        for kind, per_column, wanted in (
            ("mean", values.mean(axis=0), figures.means),
            ("standard deviation", values.std(axis=0, ddof=1), figures.deviations),
        ):
            for column in np.flatnonzero(np.abs(per_column - wanted) > _HALF_A_DIGIT)[:1]:
                numbers = f"is {per_column[column]:.6f}, expected {wanted[column]:.6f}"
                yield f"{same}: the {kind} of {COLUMNS[column]}{what} {numbers}"
    opening = opening_digest(table.values)
    if opening != known.opening:
        yield f"{same}: its first {OPENING[0]:,} rows have the sha256 {opening}, expected {known.opening}"
