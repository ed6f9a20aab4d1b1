"""Claims with a known truth, planted in our own runs: figures that a run of the same network gave, and false ones.

A seed in turn plays the document and the others judge it, as they would judge a figure that a document prints.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.judging.measures import Row, measure
from pipeline.judging.printed import parse_metric
from pipeline.judging.scales import Scale, scale_of
from pipeline.judging.verdicts import SEEDS

_LOOKS = (0.25, 0.5, 1.0)  # shares of a training after which figures are taken
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Series:
    """A figure of one experiment by seed.

    `chance`: what it would be without any learning, where that is known; `overlap` as in `statistics.paired`.
    """

    family: str
    experiment: str
    protocol: str
    metric: str
    values: Mapping[int, float]
    size: int | None
    chance: float | None
    overlap: float = 0.0

    @property
    def name(self) -> str:
        """The metric without its epoch."""
        return parse_metric(self.metric).name

    @property
    def scale(self) -> Scale:
        """The scale on which it is judged."""
        return scale_of(self.metric)


@dataclass(frozen=True)
class Planted:
    """A claimed figure, the values it is judged by, and how it was made: `true`, or the kind of its error.

    `seed`: that of the run which plays the document. Figures of one family and seed come from one split of the data, so
    a hard split makes all of them odd.
    """

    how: str
    claimed: float
    values: tuple[float, ...]
    series: Series
    seed: int = 0


def series_of(rows: Sequence[Row]) -> list[Series]:
    """Collect the figures of every experiment without folds that has a seed more than a verdict takes."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.get("fold") is None and row["epochs"] and not row.get("ensemble"):
            groups.setdefault((row["experiment"], row["data"]), []).append(row)
    return [one for runs in groups.values() if len(runs) > SEEDS for one in _series(runs)]


def _series(runs: Sequence[Row]) -> Iterator[Series]:
    first = runs[0]
    epochs = sorted({max(1, round(share * first["epochs"])) for share in _LOOKS})
    metrics = [first["metric"], *(f"{name}@{epoch}" for name in _CURVES for epoch in epochs)]
    chance = 1 / len(first["labels"]) if first.get("labels") else None
    overlap = max(run.get("overlap") or 0.0 for run in runs)
    for metric in metrics:
        found = {run["seed"]: measure(run, metric) for run in runs}
        values = {seed: value for seed, value in found.items() if value is not None}
        if len(values) > SEEDS:
            size = first.get("test_size") if metric.startswith("test_") else None
            share = chance if metric.partition("@")[0].endswith("accuracy") else None
            about = first["family"], first["experiment"], first["protocol"]
            yield Series(*about, metric, values, size, share, overlap)


def true_figures(series: Sequence[Series]) -> Iterator[Planted]:
    """Let every seed play the document once; the others judge."""
    for one in series:
        for seed, value in one.values.items():
            yield Planted("true", value, tuple(v for other, v in one.values.items() if other != seed), one, seed)


def false_figures(series: Sequence[Series]) -> Iterator[Planted]:
    """Let a figure of something else play the document: another network or protocol, other epochs, or chance."""
    for one in series:
        for other in series:
            how = _difference(one, other)
            if how:
                for seed in one.values.keys() & other.values.keys():
                    rest = tuple(value for place, value in one.values.items() if place != seed)
                    yield Planted(how, other.values[seed], rest, one, seed)
        if one.chance is not None:
            yield Planted("shuffled labels", one.chance, tuple(one.values.values())[1:], one)


def _difference(one: Series, other: Series) -> str:
    """Name what is wrong with a figure of `other` in the place of one of `one`; empty if nothing is, or too much."""
    if (one.family, one.name) != (other.family, other.name) or one == other:
        return ""
    if one.experiment == other.experiment:
        return "other epochs"
    if one.metric != other.metric:
        return ""
    return "another network" if one.protocol == other.protocol else "another protocol"


def pairs_of(series: Sequence[Series]) -> Iterator[tuple[Series, Series]]:
    """Pair the experiments of a family by the figure that counts, at the end of training."""
    finals = [one for one in series if "@" not in one.metric]
    for first, second in combinations(finals, 2):
        if (first.family, first.metric) == (second.family, second.metric):
            yield first, second


def halves(values: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Pair the values at random with each other, no value twice, and return the differences: of no true difference."""
    drawn = random.permutation(np.asarray(values))[: len(values) // 2 * 2]
    half = len(drawn) // 2
    return np.asarray(drawn[:half] - drawn[half:])
