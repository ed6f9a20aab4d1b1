"""The judge, judged: how often it calls a true claim wrong, and what share of false ones it catches, by their size."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from math import log, sqrt
from typing import Any

import numpy as np
from scipy import stats

from pipeline.judging.findings import better_of
from pipeline.judging.intervals import difference, one_run, share_of_runs
from pipeline.judging.measures import Row
from pipeline.judging.planted import Planted, Series, false_figures, halves, pairs_of, series_of, true_figures
from pipeline.judging.printed import Printed
from pipeline.judging.scales import TINY, Scale
from pipeline.judging.statistics import LEVEL, paired
from pipeline.judging.verdicts import SEEDS, judge_number, judge_pair

Entry = dict[str, Any]
SIZES = (0.5, 1.0, 2.0, 4.0)  # of errors, in margins
_WRONG = ("not reproduced", "better")
_KNOWN = 1e-3  # p over all seeds below which the direction of an ordering counts as known
_DRAWS = 20  # subsets of seeds for each ordering


def calibrate(rows: Sequence[Row]) -> Entry:
    """Plant claims in the runs, judge them by the rule, and count. Empty lists where there are too few seeds.

    Returns {figures: {true, stopped, false, kinds}, orderings: {true, turned, none}}: each count has `planted`, its
    share and the share's 95 % interval. `stopped`: with seeds added by the rule of `more_seeds`.
    """
    series, random = series_of(rows), np.random.default_rng(0)
    true, false = list(true_figures(series)), list(false_figures(series))
    return {
        "figures": {
            "true": _clustered(true, [verdict(one) in _WRONG for one in true]),
            "stopped": _clustered(true, [stopped(one, random) in _WRONG for one in true]),
            "confirmed": _clustered(true, [verdict(one) == "reproduced" for one in true]),
            "false": _by_size(false),
            "kinds": _by_kind(false),
        },
        "orderings": _orderings(series, random),
    }


def verdict(one: Planted, values: Sequence[float] | None = None) -> str:
    """Judge a planted figure, rounded as documents print theirs."""
    scale, metric = one.series.scale, one.series.metric
    found = one_run(list(values or one.values), scale, one.series.size)
    claimed = Printed.parse(str(round(Decimal(one.claimed), 4)))
    return judge_number(claimed, found, scale, better_of(metric)).verdict


def stopped(one: Planted, random: np.random.Generator) -> str:
    """Judge as the stopping rule does: by five seeds, and by all if the interval of five is wide."""
    few = list(random.permutation(np.asarray(one.values))[:SEEDS])
    narrow = one_run(few, one.series.scale, one.series.size).narrow
    return verdict(one, few if narrow else None)


def error(one: Planted) -> float:
    """Compute the error of a planted figure in margins of its metric, as a positive number."""
    scale, mean = one.series.scale, float(np.mean(one.values))
    if scale.name == "share":
        return abs(one.claimed - mean) / scale.figure
    return abs(log(max(one.claimed, TINY) / max(mean, TINY))) / log(scale.figure)


def _clustered(planted: Sequence[Planted], outcomes: Sequence[bool]) -> Entry:
    """Count like `_share`, with an interval over clusters: the figures of one family and seed share a split."""
    clusters: dict[tuple[str, int], list[bool]] = {}
    for one, outcome in zip(planted, outcomes, strict=True):
        clusters.setdefault((one.series.family, one.seed), []).append(outcome)
    found = _share(outcomes)
    if len(clusters) < 2:
        return found
    off = [sum(some) - found["share"] * len(some) for some in clusters.values()]
    count = len(clusters)
    error = sqrt(sum(one**2 for one in off) * count / (count - 1)) / len(outcomes)
    half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * error
    return found | {"low": max(0.0, found["share"] - half), "high": min(1.0, found["share"] + half)}


def _share(outcomes: Iterable[bool]) -> Entry:
    found = list(outcomes)
    low, high = share_of_runs(sum(found), len(found)) if found else (None, None)
    return {"planted": len(found), "share": sum(found) / len(found) if found else None, "low": low, "high": high}


def _by_size(planted: Sequence[Planted]) -> list[Entry]:
    """Count what share of false figures is caught, and what share passes as reproduced, by the size of the error."""
    ends = (0.0, *SIZES, float("inf"))
    found = [(error(one), verdict(one)) for one in planted]
    return [
        {"from": low, "to": None if high == ends[-1] else high}
        | _caught([given for size, given in found if low <= size < high])
        for low, high in pairwise(ends)
    ]


def _caught(verdicts: Sequence[str]) -> Entry:
    passed = sum(one == "reproduced" for one in verdicts)
    return _share(one in _WRONG for one in verdicts) | {"passed": passed / len(verdicts) if verdicts else None}


def _by_kind(planted: Sequence[Planted]) -> list[Entry]:
    kinds = Counter(one.how for one in planted)
    return [{"how": how} | _caught([verdict(one) for one in planted if one.how == how]) for how in kinds]


def _values(one: Series, scale: Scale) -> dict[int, float]:
    return {seed: value if scale.name == "share" else log(max(value, TINY)) for seed, value in one.values.items()}


def _orderings(series: Sequence[Series], random: np.random.Generator) -> Entry:
    """Judge orderings whose direction all seeds together leave no doubt of, as they are and turned round, by five seeds
    at a time; and differences that are none."""
    known = list(_known(series, random))
    none = [
        judge(halves(list(_values(one, one.scale).values()), random), one.scale)
        for one in series
        if "@" not in one.metric and len(one.values) >= 2 * SEEDS
        for _ in range(_DRAWS)
    ]
    return {
        "true": _share(one == "refuted" for one in known),
        "confirmed": _share(one == "reproduced" for one in known),
        "none": _share(one in ("reproduced", "refuted") for one in none),
    }


def judge(differences: Sequence[float] | np.ndarray, scale: Scale) -> str:
    """Judge an ordering by its differences."""
    found = difference(list(differences), scale.step)
    return judge_pair(found, found.p, scale).verdict


def _known(series: Sequence[Series], random: np.random.Generator) -> Iterator[str]:
    for first, second in pairs_of(series):
        above, below = _values(first, first.scale), _values(second, first.scale)
        all_of_them = np.array([above[seed] - below[seed] for seed in sorted(above.keys() & below.keys())])
        if len(all_of_them) > SEEDS and paired(list(all_of_them)) < _KNOWN:
            sign = np.sign(all_of_them.mean())
            for _ in range(_DRAWS):
                yield judge(sign * random.permutation(all_of_them)[:SEEDS], first.scale)
