"""The dates of a weather table: one row every ten minutes, in order, each once; where rows are missing, a gap."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.base.console import UserError
from pipeline.sources.climate.station_csv import Table

INTERVAL = np.timedelta64(10, "m")
_ORDER = "sort the rows by date, or fetch the file again"


@dataclass(frozen=True)
class Gaps:
    """How often rows are missing, and how many."""

    count: int
    rows: int


def breaks(dates: np.ndarray) -> np.ndarray:
    """List the rows that do not follow ten minutes after the row before them, (breaks,) int32."""
    return (np.flatnonzero(np.diff(dates) != INTERVAL) + 1).astype(np.int32)


def count_gaps(dates: np.ndarray) -> Gaps:
    """Count the gaps of a table and the rows that they lack; doubled dates and their order do not matter."""
    steps = np.diff(np.unique(dates))
    wide = steps[steps > INTERVAL]
    return Gaps(len(wide), int(np.maximum(wide // INTERVAL - 1, 1).sum()))


def count_doubles(dates: np.ndarray) -> int:
    """Count the rows whose date occurs before."""
    return len(dates) - len(np.unique(dates))


def without_doubles(table: Table, where: str) -> Table:
    """Leave out rows that repeat an earlier row. Raises UserError if a date occurs again with different values."""
    again = table.dates.duplicated().to_numpy()
    if not again.any():
        return table
    rows = pd.DataFrame(table.values).assign(date=table.dates.to_numpy())
    changed = np.flatnonzero(again & ~rows.duplicated().to_numpy())
    if len(changed):
        row = changed[0]
        first = int(np.argmax(table.dates.to_numpy() == table.dates.iloc[row]))
        lines = f"line {_line(table, row)} has the date {table.dates.iloc[row]} of line {_line(table, first)}"
        raise UserError(
            f"{where}, {lines} and different values;\nremove one of them, or write times without daylight saving"
        )
    return replace(table, text=table.text[~again], dates=table.dates[~again], values=table.values[~again])


def expect_order(table: Table, where: str) -> None:
    """Raise UserError unless the dates increase, mostly by ten minutes and never by less."""
    steps = np.diff(table.dates.to_numpy())
    for row in np.flatnonzero(steps <= np.timedelta64(0))[:1]:
        dates = f"{table.dates.iloc[row + 1]} comes after {table.dates.iloc[row]}"
        raise UserError(f"{where}, line {_line(table, row + 1)}: {dates}; {_ORDER}")
    usual = np.median(steps.astype("timedelta64[s]").astype(np.int64)) / 60 if len(steps) else 10.0
    if usual != 10:
        raise UserError(
            f"{where}: its rows are {usual:g} minutes apart, expected 10; use the station's 10-minute table"
        )
    for row in np.flatnonzero(steps < INTERVAL)[:1]:
        text = f"{table.dates.iloc[row + 1]} is less than 10 minutes after {table.dates.iloc[row]}"
        raise UserError(f"{where}, line {_line(table, row + 1)}: {text}; remove the row")


def _line(table: Table, row: int) -> int:
    return int(table.text.index[row]) + 1
