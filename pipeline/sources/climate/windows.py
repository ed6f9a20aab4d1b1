"""Windows of the weather table: which rows are for training, validation and test, and how it is laid out (protocols 5.1
and 5.2).

The table stays one long array: a window is `lookback` rows, one in `step`, and its target is the temperature `delay`
rows later. Row j stands for the window that ends there. A break is a row that does not come ten minutes after the row
before it; a window and its target lie between two breaks.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.sources.climate.station_csv import MISSING

LOOKBACK, STEP, DELAY = 1440, 6, 144  # in rows of ten minutes: ten days, an hour, a day
TEMPERATURE = 1  # its column
NO_BREAKS = np.zeros(0, np.int32)
_DOCUMENT = 420_551
_ENDS = (200_000, 300_000)  # of the training and validation parts, in the document's rows


@dataclass(frozen=True)
class Parts:
    """The rows of a table for training, validation and test."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def empty(self) -> str | None:
        """Name the first part that has no window, or None."""
        sizes = {"training": self.train, "validation": self.validation, "test": self.test}
        return next((name for name, rows in sizes.items() if not len(rows)), None)


def boundaries(rows: int) -> tuple[int, int]:
    """Find where training and validation end: at the document's rows, or at the same shares of another table."""
    return _ENDS if rows == _DOCUMENT else (rows * _ENDS[0] // _DOCUMENT, rows * _ENDS[1] // _DOCUMENT)


def offsets(protocol: str) -> np.ndarray:
    """List the rows of a window relative to its own row j, (240,) int32.

    As written the last one is an hour before j, while the target is a day after j: 25 hours. Corrected it is j itself.
    """
    late = STEP if protocol == "corrected" else 0
    return np.arange(-LOOKBACK + late, late, STEP, dtype=np.int32)


def parts(rows: int, protocol: str, batch: int, breaks: np.ndarray = NO_BREAKS) -> Parts:
    """Split the rows that have a whole window and a target, with no break inside.

    As written, training targets reach a day into the validation part, and validation uses only whole batches.
    Corrected, no target leaves its own part.
    """
    first, second = boundaries(rows)
    if protocol == "corrected":
        spans = [(0, first - DELAY), (first, second - DELAY), (second, rows - DELAY)]
    else:
        spans = [(0, first), (first + 1, second), (second + 1, rows - DELAY - 1)]
    train, validation, test = (
        unbroken(np.arange(low + LOOKBACK, high, dtype=np.int32), breaks, protocol) for low, high in spans
    )
    if protocol != "corrected":
        validation = validation[: len(validation) // batch * batch]
    return Parts(train, validation, test)


def unbroken(rows: np.ndarray, breaks: np.ndarray, protocol: str) -> np.ndarray:
    """Keep the rows whose window and target have no break inside; `breaks` is in increasing order."""
    before_window, before_target = (
        np.searchsorted(breaks, end, side="right") for end in (rows + offsets(protocol)[0], rows + DELAY)
    )
    return rows[before_window == before_target]


def filled(table: np.ndarray) -> np.ndarray:
    """Replace -9999 by the last value before it, or at the start by the next one; otherwise nothing looks ahead."""
    whole = table.copy()
    for column in whole.T:
        known = np.flatnonzero(column != MISSING)
        if len(known) < len(column):
            last = np.maximum(np.searchsorted(known, np.arange(len(column)), side="right") - 1, 0)
            column[:] = column[known[last]]
    return whole


def dead(table: np.ndarray) -> int | None:
    """Find the first column that has no value, or always the same one, in the training part; None if there is none."""
    fitted = table[: boundaries(len(table))[0]]
    for column, values in enumerate(fitted.T):
        known = values[values != MISSING]
        if not len(known) or known.min() == known.max():
            return column
    return None


def normalised(table: np.ndarray, protocol: str) -> tuple[np.ndarray, float]:
    """Standardise the table by mean and deviation of the training part. Returns (table, temperature's deviation).

    As written -9999 is left as it is; corrected it is filled first.
    """
    table = filled(table) if protocol == "corrected" else table
    fitted = table[: boundaries(len(table))[0]]
    deviation = fitted.std(axis=0)
    return (table - fitted.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0), float(deviation[TEMPERATURE])


def targets(table: np.ndarray) -> np.ndarray:
    """Shift the temperature by a day, (rows,); 0 for the last day, which has no target."""
    later = np.zeros(len(table))
    later[:-DELAY] = table[DELAY:, TEMPERATURE]
    return later
