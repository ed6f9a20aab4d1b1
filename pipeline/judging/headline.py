"""What an experiment scored: its headline metric over the seeds, the same in MLflow and in the tables of DVC."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.judging.intervals import Interval, one_run
from pipeline.judging.measures import Row
from pipeline.judging.scales import scale_of


def headline(runs: Sequence[Row]) -> Interval | None:
    """Compute the mean over the seeds of an experiment, with its interval; None where nothing was measured.

    A seed counts once, with the mean of its folds.
    """
    metric, by_seed = runs[0]["metric"], dict[int, list[float]]()
    for run in runs:
        value = run["metrics"].get(metric)
        if value is not None:
            by_seed.setdefault(run["seed"], []).append(value)
    values = [float(np.mean(folds)) for folds in by_seed.values()]
    return one_run(values, scale_of(metric), runs[0].get("test_size")) if values else None


def figures(runs: Sequence[Row]) -> dict[str, Any]:
    """List `mean`, `low` and `high` of the 95 % interval of the mean, and `seeds`; what is not known is left out."""
    over = headline(runs)
    if over is None:
        return {"seeds": 0}
    found = {"mean": over.mean, "low": over.mean_low, "high": over.mean_high, "seeds": over.seeds}
    return {name: value for name, value in found.items() if value is not None}
