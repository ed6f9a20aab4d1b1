"""Letters for entries that do not differ, and average ranks over boards with their critical difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, sqrt
from string import ascii_letters

import numpy as np
from scipy import stats

from pipeline.judging.statistics import LEVEL

Columns = list[frozenset[int]]


def letter_columns(differs: Sequence[Sequence[bool]]) -> Columns:
    """Find the entries that share each letter: two entries share a column if and only if they do not differ.

    `differs`: symmetric, (entries, entries), False on the diagonal, the best entry first. Insert and absorb, then sweep
    away every redundant letter (Piepho 2004, "An Algorithm for a Letter-Based Representation of All-Pairwise
    Comparisons"). The columns are in the order of the entries.
    """
    columns: Columns = [frozenset(range(len(differs)))] if len(differs) else []
    for pair in combinations(range(len(differs)), 2):
        if differs[pair[0]][pair[1]]:
            columns = _absorb([part for column in columns for part in _insert(column, pair)])
    return sorted(_sweep(columns), key=sorted)


def _insert(column: frozenset[int], pair: tuple[int, int]) -> Columns:
    """Split a column that holds a pair that must not share it into two, each without one of the pair."""
    return [column - {one} for one in pair] if column.issuperset(pair) else [column]


def _absorb(columns: Columns) -> Columns:
    """Drop duplicates and columns contained in another."""
    different = list(dict.fromkeys(columns))
    return [one for one in different if not any(one < other for other in different)]


def _sweep(columns: Columns) -> Columns:
    """Remove an entry from a column if it shares other columns with every entry of it; drop empty columns.

    Narrow columns go first, and in each the worst entry, so that wide ones stay whole.
    """
    kept = sorted(columns, key=lambda column: (len(column), [-one for one in sorted(column)]))
    for place in range(len(kept)):
        for one in sorted(kept[place], reverse=True):
            others = kept[:place] + kept[place + 1 :]
            if all(any({one, mate} <= other for other in others) for mate in kept[place]):
                kept[place] -= {one}
    return [column for column in kept if column]


def letters(columns: Columns, entries: int) -> list[str]:
    """Spell the letters of every entry, `a` for the first column; after `Z` come `a1`, `b1` and so on."""
    return ["".join(_letter(i) for i, column in enumerate(columns) if one in column) for one in range(entries)]


def _letter(place: int) -> str:
    again, place = divmod(place, len(ascii_letters))
    return ascii_letters[place] + (str(again) if again else "")


@dataclass(frozen=True)
class Ranks:
    """Average ranks over boards, (entries,); p of Friedman's test that all are equal; critical difference (Nemenyi)."""

    average: list[float]
    p: float
    critical_difference: float


def ranks_over(scores: Sequence[Sequence[float]]) -> Ranks:
    """Compare entries over boards by their ranks. `scores`: (boards, entries), larger is better; ties share a rank.

    Follows Demšar (2006), "Statistical Comparisons of Classifiers over Multiple Data Sets", sections 3.2.2 and 3.2.3,
    with Friedman's statistic corrected for ties. Raises ValueError with fewer than two boards or three entries.
    """
    table = np.asarray(scores, float)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 3:
        raise ValueError(f"ranks over boards need two boards and three entries, found {table.shape}")
    average = stats.rankdata(-table, axis=1).mean(axis=0)
    alike = bool((table == table[:, :1]).all())  # SciPy's statistic would be 0 / 0
    p = 1.0 if alike else float(stats.friedmanchisquare(*table.T).pvalue)
    return Ranks(average.tolist(), p, critical_difference(table.shape[1], table.shape[0]))


def critical_difference(entries: int, boards: int) -> float:
    """Compute how far apart two average ranks must be to differ at 5 % (Nemenyi's test; Demšar 2006, equation 3)."""
    q = float(stats.studentized_range.ppf(LEVEL, entries, inf)) / sqrt(2)
    return q * sqrt(entries * (entries + 1) / (6 * boards))


def cliques(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Find the widest groups within the critical difference, as (first, last) place. `ranks`: ascending."""
    found: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(place for place in range(first, len(ranks)) if ranks[place] - rank <= difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found
