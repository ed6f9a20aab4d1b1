"""The judge, judged: how often it calls a true claim wrong, and what share of false ones it catches, by their size."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
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

    Returns {figures: {true, stopped, confirmed, false, kinds}, orderings: {true, confirmed, none}}: each count has
    `planted`, its share and the share's 95 % interval. `stopped`: with seeds added by the rule of `more_seeds`.
    """
    series, random = series_of(rows), np.random.default_rng(0)
    true, false = list(true_figures(series)), list(false_figures(series))
    same_split = _clusters(true)
    return {
        "figures": {
            "true": _share([verdict(one) in _WRONG for one in true], same_split),
            "stopped": _share([stopped(one, random) in _WRONG for one in true], same_split),
            "confirmed": _share([verdict(one) == "reproduced" for one in true], same_split),
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


def _clusters(planted: Sequence[Planted]) -> list[Hashable]:
    """Name the cluster of each: the figures of one family and seed share a split."""
    return [(one.series.family, one.seed) for one in planted]


def _share(outcomes: Sequence[bool], clusters: Sequence[Hashable]) -> Entry:
    """Count outcomes, with an interval over clusters: those of one share their luck.

    Where all outcomes are alike they show no spread, and the interval is that of so many clusters all alike.
    """
    if not outcomes:
        return {"planted": 0, "share": None, "low": None, "high": None}
    share, groups = sum(outcomes) / len(outcomes), defaultdict[Hashable, list[bool]](list)
    for outcome, cluster in zip(outcomes, clusters, strict=True):
        groups[cluster].append(outcome)
    count = len(groups)
    if share in (0, 1) or count < 2:
        low, high = share_of_runs(share * count, count)
    else:
        off = [sum(some) - share * len(some) for some in groups.values()]
        error = sqrt(sum(one**2 for one in off) * count / (count - 1)) / len(outcomes)
        half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * error
        low, high = max(0.0, share - half), min(1.0, share + half)
    return {"planted": len(outcomes), "share": share, "low": low, "high": high}


def _by_size(planted: Sequence[Planted]) -> list[Entry]:
    """Count what share of false figures is caught, and what share passes as reproduced, by the size of the error."""
    ends = (0.0, *SIZES, float("inf"))
    sizes = [error(one) for one in planted]
    return [
        {"from": low, "to": None if high == ends[-1] else high}
        | _caught([one for one, size in zip(planted, sizes, strict=True) if low <= size < high])
        for low, high in pairwise(ends)
    ]


def _caught(planted: Sequence[Planted]) -> Entry:
    verdicts = [verdict(one) for one in planted]
    passed = sum(one == "reproduced" for one in verdicts)
    found = _share([one in _WRONG for one in verdicts], _clusters(planted))
    return found | {"passed": passed / len(verdicts) if verdicts else None}


def _by_kind(planted: Sequence[Planted]) -> list[Entry]:
    kinds = dict.fromkeys(one.how for one in planted)
    return [{"how": how} | _caught([one for one in planted if one.how == how]) for how in kinds]


def _values(one: Series, scale: Scale) -> dict[int, float]:
    return {seed: value if scale.name == "share" else log(max(value, TINY)) for seed, value in one.values.items()}


def _orderings(series: Sequence[Series], random: np.random.Generator) -> Entry:
    """Judge orderings whose direction all seeds together leave no doubt of, as they are and turned round, by five seeds
    at a time; and differences that are none. Those drawn from one pair of experiments are a cluster."""
    known = list(_known(series, random))
    none = [
        (judge(halves(list(_values(one, one.scale).values()), random), one.scale, one.overlap), place)
        for place, one in enumerate(series)
        if "@" not in one.metric and len(one.values) >= 2 * SEEDS
        for _ in range(_DRAWS)
    ]
    return {
        "true": _judged(known, ("refuted",)),
        "confirmed": _judged(known, ("reproduced",)),
        "none": _judged(none, ("reproduced", "refuted")),
    }


def _judged(found: Sequence[tuple[str, int]], verdicts: Sequence[str]) -> Entry:
    return _share([verdict in verdicts for verdict, _ in found], [place for _, place in found])


def judge(differences: Sequence[float] | np.ndarray, scale: Scale, overlap: float) -> str:
    """Judge an ordering by its differences."""
    found = difference(list(differences), scale.step, overlap)
    return judge_pair(found, found.p, scale).verdict


def _known(series: Sequence[Series], random: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Judge five seeds at a time of every known ordering; each verdict with the number of its pair."""
    for place, (first, second) in enumerate(pairs_of(series)):
        above, below = _values(first, first.scale), _values(second, first.scale)
        all_of_them = np.array([above[seed] - below[seed] for seed in sorted(above.keys() & below.keys())])
        overlap = max(first.overlap, second.overlap)
        if len(all_of_them) > SEEDS and paired(list(all_of_them), overlap) < _KNOWN:
            sign = np.sign(all_of_them.mean())
            for _ in range(_DRAWS):
                yield judge(sign * random.permutation(all_of_them)[:SEEDS], first.scale, overlap), place
