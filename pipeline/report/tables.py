"""The runs as small tables that DVC shows and compares: metrics, curves and confusion by experiment.

DVC makes a column or a row of every number in a metrics file, so a file has the few that two versions are compared by.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np

from pipeline.judging.headline import figures
from pipeline.judging.measures import Row

POINTS = 200  # of a curve: more cannot be told apart on a screen
_DIGITS = 4


def by_experiment(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group the runs by experiment; of several data sets, those of the last run count."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["experiment"], []).append(row)
    return {name: [row for row in mine if row["data"] == mine[-1]["data"]] for name, mine in found.items()}


def metrics(runs: Sequence[Row]) -> dict[str, Any]:
    """Describe the headline metric of an experiment: its name, and its `figures`, rounded. DVC takes no null."""
    name = runs[0]["metric"].removeprefix("test_")
    return {"metric": name} | {key: round(value, _DIGITS) for key, value in figures(runs).items()}


def curve(runs: Sequence[Row], name: str) -> list[dict[str, Any]]:
    """Average a history and its validation over the runs: rows of epoch, train and validation; [] without one.

    An epoch has the mean of the runs that reached it. Where validation is measured at some epochs only, these are kept,
    and of a long curve POINTS. DVC wants the same columns everywhere, so validation is empty where there is none.
    """
    train, validation = (_mean([run["history"].get(key) or [] for run in runs]) for key in (name, f"val_{name}"))
    epochs = [epoch for epoch in train if not validation or epoch in validation]
    places = np.linspace(0, len(epochs) - 1, min(len(epochs), POINTS))
    return [
        {"epoch": epoch, "train": round(train[epoch], _DIGITS), "validation": _rounded(validation.get(epoch))}
        for epoch in (epochs[round(place)] for place in places)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _mean(series: Sequence[Sequence[float | None]]) -> Mapping[int, float]:
    by_epoch: dict[int, list[float]] = {}
    for values in series:
        for epoch, value in enumerate(values, 1):
            if value is not None:
                by_epoch.setdefault(epoch, []).append(value)
    return {epoch: float(np.mean(values)) for epoch, values in sorted(by_epoch.items())}


def confusion(runs: Sequence[Row]) -> list[dict[str, Any]]:
    """Add up the confusion of the runs: rows of actual, predicted and count; [] where none has classes."""
    counted = [run for run in runs if run.get("confusion")]
    if not counted:
        return []
    total = np.sum([run["confusion"] for run in counted], axis=0)
    labels = counted[0]["labels"]
    return [
        {"actual": actual, "predicted": predicted, "count": int(total[row, column])}
        for row, actual in enumerate(labels)
        for column, predicted in enumerate(labels)
    ]


def as_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> str:
    """Format rows that have the same keys as CSV, with a line of names: `names`, or those of the first row."""
    text = StringIO()
    writer = csv.DictWriter(text, names or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
