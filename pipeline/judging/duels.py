"""Estimate, from the runs so far, how many seeds would tell two entries of a board apart."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from pipeline.judging.scores import Table, differences
from pipeline.judging.statistics import MANY, runs_needed
from pipeline.judging.verdicts import SEEDS, shown


@dataclass(frozen=True)
class Duel:
    """Two entries, their paired differences in the metric's unit (> 0: the first is better), and the answer.

    `seeds`: how many it takes, each on all `folds`; None if no number of seeds would do.
    """

    first: str
    second: str
    difference: float
    deviation: float
    pairs: int
    folds: int
    overlap: float
    seeds: int | None


def duel(table: Table, first: str, second: str) -> Duel | None:
    """Estimate how many seeds tell two entries apart; None with fewer than 3 runs in common.

    One more seed is one more run in every fold, and a test takes at least 3 runs. Raises KeyError for unknown entries.
    """
    sides = table.line(first), table.line(second)
    if sides[0] is None or sides[1] is None:
        raise KeyError(first if sides[0] is None else second)
    found = differences(table, sides[0], sides[1])
    if len(found) < SEEDS:
        return None
    mean, deviation = float(np.mean(found)), float(np.std(found, ddof=1))
    folds = len({fold for _, fold in sides[0].scores if fold in sides[1].folds})
    runs = runs_needed(mean, deviation, table.overlap)
    seeds = None if runs is None else ceil(max(runs, SEEDS) / folds)
    return Duel(first, second, mean, deviation, len(found), folds, table.overlap, seeds)


def sentence(duel: Duel) -> str:
    """Format the answer as one line."""
    pair = f"tell {duel.first} from {duel.second}"
    seen = f"difference {shown(abs(duel.difference))}, deviation {shown(duel.deviation)} over {duel.pairs} paired runs"
    if duel.seeds is not None:
        count = f"{duel.seeds:,} seed{'' if duel.seeds == 1 else 's'}"
        each = f" of {duel.folds} folds each" if duel.folds > 1 else ""
        return f"about {count}{each} would {pair} ({seen})"
    if duel.difference == 0:
        return f"no number of seeds would {pair}: they do not differ on average over {duel.pairs} paired runs"
    if duel.overlap:
        return (
            f"no number of seeds would {pair} ({seen}): the runs share training examples, "
            f"and that leaves an uncertainty of {shown(duel.deviation * duel.overlap**0.5)}"
        )
    return f"more than {MANY:,} runs would be needed to {pair} ({seen})"
