"""A csv of the Jena weather station as text and numbers, whatever its encoding, quotes or extra columns.

Every field is kept as written, so that numbers pass through unchanged.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.base.console import UserError
from pipeline.sources.csv_header import bare, doubled, other_separator

DATE, DATE_FORMAT = "Date Time", "%d.%m.%Y %H:%M:%S"
COLUMNS = (
    "p (mbar)",
    "T (degC)",
    "Tpot (K)",
    "Tdew (degC)",
    "rh (%)",
    "VPmax (mbar)",
    "VPact (mbar)",
    "VPdef (mbar)",
    "sh (g/kg)",
    "H2OC (mmol/mol)",
    "rho (g/m**3)",
    "wv (m/s)",
    "max. wv (m/s)",
    "wd (deg)",
)
RANGE = -300.0, 3000.0  # of a measurement; those of the document's file are from -25 to 1,394
MISSING = -9999.0  # what the station writes for a missing value
FIRST_LINE = 1 << 16  # bytes; the document's has 175


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of 10 minutes: `text` (rows, 15), the date and the 14 columns as written; `dates`; `values` (rows, 14)."""

    text: pd.DataFrame
    dates: pd.Series
    values: np.ndarray
    dropped: list[str]


def parse(content: bytes, where: str) -> Table:
    """Parse the bytes of a csv, dropping columns that the document does not have.

    Raises UserError naming the file `where`, the line, the column and the wrong value.
    """
    text = _decoded(content, where)
    fault = fault_of_header(text)
    if fault:
        raise UserError(f"{where} {fault}")
    fields = _fields(text, where)
    names = [bare(field) for field in fields.iloc[0]]
    fields.columns = pd.Index(names)
    text = fields.loc[1:, [DATE, *COLUMNS]]
    if text.empty:
        raise UserError(f"{where} has a header but no rows")
    dates = _checked(pd.to_datetime(text[DATE], format=DATE_FORMAT, errors="coerce"), text[DATE], where, "a date")
    values = np.column_stack([_numbers(text[name], where) for name in COLUMNS])
    return Table(text, dates, values, [name for name in names if name not in (DATE, *COLUMNS)])


def header_fault(path: Path) -> str | None:
    """Find in its first line why a file is not a table of the station, or None."""
    try:
        with path.open("rb") as stream:
            line = stream.readline(FIRST_LINE)
        return fault_of_header(_decoded(line, "it"))
    except UserError as error:
        return str(error).removeprefix("it ")
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def fault_of_header(text: str) -> str | None:
    """Find what is wrong with the first line of a csv, or None."""
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if not text.strip():
        return "is not a csv table: it is empty"
    if len(line) >= FIRST_LINE:
        return "is not a csv table: its first line is too long"
    names = [bare(field) for field in next(csv.reader([line]), [])]
    missing = [name for name in (DATE, *COLUMNS) if name not in names]
    if missing:
        separator = other_separator(line, [DATE])
        if separator and len(names) == 1:
            return f"{separator}, and points in the numbers"
        return (
            f"has no column {', '.join(missing)};\nit needs the date and the 14 columns of the Jena climate 2009-2016"
        )
    return doubled(names)


def _decoded(content: bytes, where: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # the station's own encoding
    if "\0" in text:
        raise UserError(f"{where} is neither UTF-8 nor latin-1; save it as UTF-8")
    return text


def _fields(text: str, where: str) -> pd.DataFrame:
    """Parse every field as text; row n is line n + 1; empty lines at the end are dropped."""
    how = {"header": None, "dtype": str, "keep_default_na": False, "skip_blank_lines": False}
    try:
        fields = pd.read_csv(io.StringIO(text), **how)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"{where} is not a csv table: {' '.join(str(error).split())}") from None
    written = np.flatnonzero((fields != "").any(axis=1))
    return fields.iloc[: written[-1] + 1] if len(written) else fields


def _numbers(column: pd.Series, where: str) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce")
    numbers = _checked(numbers.where(np.isfinite(numbers)), column, where, "a number")
    measured = numbers.where(numbers.between(*RANGE) | (numbers == MISSING))
    return _checked(measured, column, where, f"between {RANGE[0]:g} and {RANGE[1]:g}").to_numpy(np.float64)


def _checked(values: pd.Series, column: pd.Series, where: str, expected: str) -> pd.Series:
    wrong = np.flatnonzero(values.isna())
    if len(wrong):
        place = f"{where}, line {column.index[wrong[0]] + 1}, column {column.name}"
        value = column.iloc[wrong[0]]
        shortened = value if len(value) <= 40 else f"{value[:37]}..."
        raise UserError(f"{place}: '{shortened}' is not {expected}; correct it or fetch the file again")
    return values
