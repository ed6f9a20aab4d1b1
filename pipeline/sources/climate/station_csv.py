"""A csv of the Jena weather station as text and numbers, whatever its encoding, quotes or extra columns.

Every field is kept as written, so that numbers pass through unchanged.
"""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.base.console import UserError

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
    fields = _fields(_decoded(content, where), where)
    names = [_name(field) for field in fields.iloc[0]]
    missing = lacking(names)
    if missing:
        raise UserError(f"{where} has no column {', '.join(missing)};\nit needs the 14 of the Jena climate 2009-2016")
    double = sorted({name for name in (DATE, *COLUMNS) if names.count(name) > 1})
    if double:
        raise UserError(f"{where} has the column {', '.join(double)} more than once; remove one of them")
    fields.columns = pd.Index(names)
    text = fields.loc[1:, [DATE, *COLUMNS]]
    if text.empty:
        raise UserError(f"{where} has a header and no row")
    dates = _checked(pd.to_datetime(text[DATE], format=DATE_FORMAT, errors="coerce"), text[DATE], where, "a date")
    values = np.column_stack([_numbers(text[name], where) for name in COLUMNS])
    return Table(text, dates, values, [name for name in names if name not in (DATE, *COLUMNS)])


def lacking(names: list[str]) -> list[str]:
    """List the columns that the table needs and the names lack."""
    return [name for name in (DATE, *COLUMNS) if name not in names]


def header(content: bytes, where: str) -> list[str]:
    """Parse the column names of a csv. Raises UserError."""
    fields = _fields(_decoded(content.partition(b"\n")[0], where), where)
    return [_name(field) for field in fields.iloc[0]]


def _name(field: str) -> str:
    return field.strip().strip("'\"")


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
    return _checked(numbers.where(np.isfinite(numbers)), column, where, "a number").to_numpy(np.float64)


def _checked(values: pd.Series, column: pd.Series, where: str, expected: str) -> pd.Series:
    wrong = np.flatnonzero(values.isna())
    if len(wrong):
        place = f"{where}, line {column.index[wrong[0]] + 1}, column {column.name}"
        raise UserError(f"{place}: '{column.iloc[wrong[0]]}' is not {expected}; correct it or take the file anew")
    return values
