"""The mean of an experiment and its interval: one rule for every table and figure of the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.judging.intervals import Interval, one_run
from pipeline.judging.measures import Row
from pipeline.judging.scales import scale_of


def by_fold(rows: Sequence[Row], metric: str) -> dict[Any, list[float]]:
    """Group the scores by test fold, in order; runs that failed have none."""
    found: dict[Any, list[float]] = {}
    for row in sorted(rows, key=lambda row: -1 if row.get("fold") is None else row["fold"]):
        if row["metrics"].get(metric) is not None:
            found.setdefault(row.get("fold"), []).append(row["metrics"][metric])
    return found


def overall(rows: Sequence[Row], metric: str) -> Interval | None:
    """Compute the mean and its interval over folds, or over runs where there is one fold; None without a score.

    Runs of one fold share their test part, so more seeds of the same folds do not make the mean surer.
    """
    folds = list(by_fold(rows, metric).values())
    values = [float(np.mean(scores)) for scores in folds] if len(folds) > 1 else [one for fold in folds for one in fold]
    return one_run(values, scale_of(metric)) if values else None
