"""The runs of the sweep as tables: one per board and data set, a line per entry, a score per seed and fold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from pipeline.base.console import UserError
from pipeline.judging.findings import better_of
from pipeline.judging.measures import Row, timed

Place = tuple[int, int | None]  # seed and test fold
_NEEDED = ("entry", "variant", "metric", "parameters", "fold", "overlap", "baseline")


@dataclass(frozen=True)
class Line:
    """An entry of a board: the headline metric of each run; `failed` counts runs that ended without a finite value."""

    entry: str
    variant: str
    baseline: bool
    scores: Mapping[Place, float]
    failed: int
    parameters: int | None
    cpu_seconds: float | None

    @property
    def folds(self) -> dict[int | None, list[float]]:
        """The scores by fold, in the order of the seeds."""
        found: dict[int | None, list[float]] = {}
        for (_, fold), score in sorted(self.scores.items(), key=lambda item: item[0][0]):
            found.setdefault(fold, []).append(score)
        return found

    @property
    def seeds(self) -> dict[int, float]:
        """The mean over the folds, by seed."""
        seeds = sorted({seed for seed, _ in self.scores})
        return {
            one: float(np.mean([score for (seed, _), score in self.scores.items() if seed == one])) for one in seeds
        }


@dataclass(frozen=True)
class Table:
    """The entries of a board on one data set. `sign`: 1 if higher scores are better, -1 if lower ones are."""

    board: str
    data: str
    metric: str
    sign: int
    overlap: float
    lines: Sequence[Line]

    def line(self, entry: str) -> Line | None:
        """Find the line of an entry; None if there is none."""
        return next((line for line in self.lines if line.entry == entry), None)


def tables(rows: Iterable[Row]) -> list[Table]:
    """Build a table for each board and data set, in the order of the rows; rows without a board are left out.

    Raises UserError if a row of a board lacks a key, or the runs of a board differ in their metric.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.get("board"):
            groups.setdefault((row["board"], row["data"]), []).append(row)
    return [_table(board, data, mine) for (board, data), mine in groups.items()]


def _table(board: str, data: str, rows: Sequence[Row]) -> Table:
    for row in rows:
        lost = [key for key in _NEEDED if key not in row]
        if lost:
            raise UserError(
                f"reports/results.json: a run of '{row['experiment']}' has no `{lost[0]}`; remove the file and run "
                "`make reproduce`"
            )
    metrics = sorted({row["metric"] for row in rows})
    if len(metrics) > 1:
        raise UserError(f"board '{board}': its runs have the metrics {' and '.join(metrics)}; a board needs one")
    entries: dict[str, list[Row]] = {}
    for row in rows:
        entries.setdefault(row["entry"], []).append(row)
    sign = 1 if better_of(metrics[0]) == "higher" else -1
    lines = [_line(entry, mine) for entry, mine in entries.items()]
    return Table(board, data, metrics[0], sign, max(float(row["overlap"]) for row in rows), lines)


def _line(entry: str, rows: Sequence[Row]) -> Line:
    """Build the line of an entry; of two runs with the same seed and fold, the later counts."""
    runs = {(row["seed"], row["fold"]): row for row in rows}
    found = {place: row["metrics"].get(row["metric"]) for place, row in runs.items()}
    scores = {place: float(value) for place, value in found.items() if value is not None and isfinite(value)}
    times = [row["metrics"].get("train_cpu_seconds") for row in runs.values() if timed(row)]
    spent = [time for time in times if time is not None]
    last = rows[-1]
    return Line(
        entry=entry,
        variant=last["variant"],
        baseline=bool(last["baseline"]),
        scores=scores,
        failed=len(runs) - len(scores),
        parameters=last["parameters"],
        cpu_seconds=float(np.mean(spent)) if spent else None,
    )


def differences(table: Table, first: Line, second: Line) -> list[float]:
    """Compute by how much the first is better, for each seed and fold that both have."""
    both = [place for place in first.scores if place in second.scores]
    return [table.sign * (first.scores[place] - second.scores[place]) for place in both]


def common_folds(table: Table, first: Line, second: Line) -> tuple[list[list[float]], list[list[float]]]:
    """Collect the scores of two entries in the folds that both have; larger is better."""
    folds = [fold for fold in first.folds if fold in second.folds]
    each = [[[table.sign * score for score in line.folds[fold]] for fold in folds] for line in (first, second)]
    return each[0], each[1]
