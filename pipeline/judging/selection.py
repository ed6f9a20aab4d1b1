"""Select a recipe for each held-out test fold: the candidate with the lowest loss on the other folds."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.judging.measures import Row


@dataclass(frozen=True)
class Candidate:
    """An experiment, or an ensemble of several, with the means of its runs on the other folds."""

    name: str
    loss: float
    score: float
    runs: int


@dataclass(frozen=True)
class Selection:
    """The candidates for one test fold, the selected one first.

    The loss decides: every clip moves it, while only borderline clips move the accuracy.
    """

    data: str
    fold: int
    candidates: list[Candidate]

    @property
    def taken(self) -> str:
        """The candidate with the lowest loss."""
        return self.candidates[0].name


def selections(rows: Iterable[Row]) -> list[Selection]:
    """Make a selection for each data set and test fold, from the rows that are marked `selects`."""
    groups: dict[tuple[str, int], dict[str, list[Row]]] = {}
    for row in rows:
        if row.get("selects") and row["metrics"].get("test_loss") is not None:
            groups.setdefault((row["data"], row["fold"]), {}).setdefault(row["experiment"], []).append(row)
    return [
        Selection(*place, sorted((_candidate(name, mine) for name, mine in found.items()), key=lambda one: one.loss))
        for place, found in sorted(groups.items())
    ]


def _candidate(name: str, rows: list[Row]) -> Candidate:
    loss, score = (
        float(np.mean([row["metrics"][figure] for row in rows])) for figure in ("test_loss", rows[0]["metric"])
    )
    return Candidate(name, loss, score, len(rows))
