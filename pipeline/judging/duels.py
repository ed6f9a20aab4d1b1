"""Estimate, from the runs so far, how many seeds would tell two entries of a board apart."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from pipeline.base.console import plural
from pipeline.judging.scores import Table, differences
from pipeline.judging.statistics import MANY, cautious, runs_needed
from pipeline.judging.verdicts import ALPHA, SEEDS, shown


@dataclass(frozen=True)
class Duel:
    """Two entries, their paired differences in the metric's unit (> 0: the first is better), and the answer.

    `tests`: pairs of the board that are corrected together. `seeds`: how many it takes, each on all `folds`, if the
    difference is as seen; `cautious`: if it is the smallest that the runs leave likely. None if no number would do.
    """

    first: str
    second: str
    difference: float
    deviation: float
    pairs: int
    folds: int
    overlap: float
    tests: int
    seeds: int | None
    cautious: int | None


def duel(table: Table, first: str, second: str, tests: int = 1) -> Duel | None:
    """Estimate how many seeds tell two entries apart, at 5 % for all `tests` of the board together (Bonferroni).

    None with too few runs in common. One more seed is one more run in every fold. Raises KeyError for unknown entries.
    """
    sides = table.line(first), table.line(second)
    if sides[0] is None or sides[1] is None:
        raise KeyError(first if sides[0] is None else second)
    found = differences(table, sides[0], sides[1])
    if len(found) < SEEDS:
        return None
    mean, deviation = float(np.mean(found)), float(np.std(found, ddof=1))
    folds = len({fold for _, fold in sides[0].scores if fold in sides[1].folds})
    counts = [
        _seeds(effect, deviation, table.overlap, tests, folds)
        for effect in (
            abs(mean),
            cautious(mean / deviation, len(found), table.overlap) * deviation if deviation else mean,
        )
    ]
    return Duel(first, second, mean, deviation, len(found), folds, table.overlap, tests, *counts)


def _seeds(effect: float, deviation: float, overlap: float, tests: int, folds: int) -> int | None:
    if deviation == 0:
        return ceil(SEEDS / folds) if effect else None
    runs = runs_needed(effect / deviation, overlap, ALPHA / max(tests, 1))
    return None if runs is None else ceil(max(runs, SEEDS) / folds)


def sentence(duel: Duel) -> str:
    """Format the answer as one line."""
    pair = f"tell {duel.first} from {duel.second}"
    tests = f", one of {duel.tests} tests" if duel.tests > 1 else ""
    seen = f"difference {shown(abs(duel.difference))}, deviation {shown(duel.deviation)} over {duel.pairs} paired runs"
    if duel.difference == 0:
        return f"no number of seeds would {pair}: they do not differ on average over {duel.pairs} paired runs"
    if duel.seeds is None and duel.overlap:
        return (
            f"no number of seeds would {pair} ({seen}{tests}): the runs share training examples, "
            f"and that leaves an uncertainty of {shown(duel.deviation * duel.overlap**0.5)}"
        )
    if duel.seeds is None:
        return f"more than {MANY:,} runs would be needed to {pair} ({seen}{tests})"
    each = f" of {duel.folds} folds each" if duel.folds > 1 else ""
    if duel.cautious is None:
        careful = "; but the runs leave it open whether they differ at all"
    else:
        careful = f"; {duel.cautious:,} if it is as small as the runs leave likely"
    return (
        f"about {plural(duel.seeds, 'seed')}{each} would {pair} if the difference is as seen ({seen}{tests}){careful}"
    )
