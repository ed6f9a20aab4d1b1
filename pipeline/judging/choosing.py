"""The choice of a recipe: for each test fold the entry with the lowest loss on the parts beside it, the fold shut."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.judging.measures import Row


@dataclass(frozen=True)
class Candidate:
    """An entry beside one fold: the means of its runs. `loss` is what it is chosen by."""

    entry: str
    loss: float
    score: float
    runs: int


@dataclass(frozen=True)
class Choice:
    """The candidates of a board beside one test fold, the one that is taken first.

    The loss decides, for every clip moves it, and the accuracy is moved only by those on the border.
    """

    board: str
    data: str
    fold: int
    candidates: list[Candidate]

    @property
    def taken(self) -> str:
        """Return the entry of the lowest loss."""
        return self.candidates[0].entry


def choices(rows: Iterable[Row]) -> list[Choice]:
    """Return a choice for each board, data set and test fold of the rows that are there to choose."""
    groups: dict[tuple[str, str, int], dict[str, list[Row]]] = {}
    for row in rows:
        if row.get("chooses") and row["metrics"].get("test_loss") is not None:
            place = (row["board"], row["data"], row["fold"])
            groups.setdefault(place, {}).setdefault(row["entry"], []).append(row)
    return [
        Choice(*place, sorted((_candidate(entry, mine) for entry, mine in entries.items()), key=lambda one: one.loss))
        for place, entries in sorted(groups.items())
    ]


def _candidate(entry: str, rows: list[Row]) -> Candidate:
    loss, score = (float(np.mean([row["metrics"][name] for row in rows])) for name in ("test_loss", rows[0]["metric"]))
    return Candidate(entry, loss, score, len(rows))
