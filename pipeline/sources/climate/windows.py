"""Windows of the weather table: which rows are for training, validation and test, and how it is laid out (protocols 5.1
and 5.2).

The table stays one long array: a window is `lookback` rows, one in `step`, and its target is the temperature `delay`
rows later. Row j stands for the window that ends there.
"""

from dataclasses import dataclass

import numpy as np

LOOKBACK, STEP, DELAY = 1440, 6, 144  # in rows of ten minutes: ten days, an hour, a day
TEMPERATURE = 1  # its column
MISSING = -9999.0
_DOCUMENT = 420_551
_ENDS = (200_000, 300_000)  # of the training and validation parts, in the document's rows


@dataclass(frozen=True)
class Parts:
    """The rows of a table for training, validation and test."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def boundaries(rows: int) -> tuple[int, int]:
    """Find where training and validation end: at the document's rows, or at the same shares of another table."""
    return _ENDS if rows == _DOCUMENT else (rows * _ENDS[0] // _DOCUMENT, rows * _ENDS[1] // _DOCUMENT)


def offsets(protocol: str) -> np.ndarray:
    """List the rows of a window relative to its own row j, (240,) int32.

    As written the last one is an hour before j, while the target is a day after j: 25 hours. Corrected it is j itself.
    """
    late = STEP if protocol == "corrected" else 0
    return np.arange(-LOOKBACK + late, late, STEP, dtype=np.int32)


def parts(rows: int, protocol: str, batch: int) -> Parts:
    """Split the rows that have a whole window and a target.

    As written, training targets reach a day into the validation part, and validation uses only whole batches.
    Corrected, no target leaves its own part.
    """
    first, second = boundaries(rows)
    if protocol == "corrected":
        spans = (0, first), (first, second), (second, rows)
        return Parts(*(np.arange(low + LOOKBACK, high - DELAY, dtype=np.int32) for low, high in spans))
    validation = (second - first - 1 - LOOKBACK) // batch * batch
    low = first + 1 + LOOKBACK
    return Parts(
        np.arange(LOOKBACK, first, dtype=np.int32),
        np.arange(low, low + validation, dtype=np.int32),
        np.arange(second + 1 + LOOKBACK, rows - DELAY - 1, dtype=np.int32),
    )


def filled(table: np.ndarray) -> np.ndarray:
    """Replace -9999 by the last value before it, or at the start by the next one; otherwise nothing looks ahead."""
    whole = table.copy()
    for column in whole.T:
        known = np.flatnonzero(column != MISSING)
        if len(known) < len(column):
            last = np.maximum(np.searchsorted(known, np.arange(len(column)), side="right") - 1, 0)
            column[:] = column[known[last]]
    return whole


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
