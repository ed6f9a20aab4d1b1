"""The entries that are on every board: average ranks, and scores on a common scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.judging.ranking import cliques, ranks_over
from pipeline.judging.scores import Table
from pipeline.judging.statistics import fold_mean, interquartile_mean

ZERO = "constant"  # the variant that always predicts the most frequent class, or the mean of the training part
_BOARDS, _ENTRIES = 2, 3  # the least that ranks over boards need


@dataclass(frozen=True)
class Standing:
    """An entry over all boards. `interquartile_mean`: of its scaled scores, one per seed and board."""

    entry: str
    variant: str
    baseline: bool
    average_rank: float
    interquartile_mean: float | None


@dataclass(frozen=True)
class Across:
    """The entries that are on all boards, the best average rank first.

    `boards`: (board, data) pairs. `p`: of Friedman's test that all entries are equal. `cliques`: first and last place
    of each group within the critical difference. `unscaled`: boards without a scale from 0 to 1; if there is one, no
    entry has an interquartile mean.
    """

    boards: list[tuple[str, str]]
    entries: list[Standing]
    p: float
    critical_difference: float
    cliques: list[tuple[int, int]]
    unscaled: list[str]


def across(tables: Iterable[Table]) -> Across | None:
    """Compare the entries over the boards; None with fewer than two boards, or fewer than three entries on all of them.

    For a board with several data sets, the one with the most entries counts.
    """
    chosen = _widest(tables)
    means = [_means(table) for table in chosen]
    common = [entry for entry in means[0] if all(entry in one for one in means)] if means else []
    if len(chosen) < _BOARDS or len(common) < _ENTRIES:
        return None
    ranks = ranks_over([[one[entry] for entry in common] for one in means])
    scales = [scale(table) for table in chosen]
    order = sorted(range(len(common)), key=lambda place: ranks.average[place])
    return Across(
        boards=[(table.board, table.data) for table in chosen],
        entries=[_standing(common[i], ranks.average[i], chosen, scales) for i in order],
        p=ranks.p,
        critical_difference=ranks.critical_difference,
        cliques=cliques([ranks.average[i] for i in order], ranks.critical_difference),
        unscaled=[table.board for table, one in zip(chosen, scales, strict=True) if one is None],
    )


def _widest(tables: Iterable[Table]) -> list[Table]:
    found: dict[str, Table] = {}
    for table in tables:
        if table.board not in found or len(table.lines) > len(found[table.board].lines):
            found[table.board] = table
    return list(found.values())


def _means(table: Table) -> dict[str, float]:
    """Compute the mean of every entry that has a score; larger is better."""
    return {line.entry: table.sign * fold_mean(list(line.folds.values())) for line in table.lines if line.scores}


def scale(table: Table) -> tuple[float, float] | None:
    """Find the scores that count as 0 and 1: the mean of the constant baseline and that of the best entry.

    Larger is better. None if there is no baseline, or nothing beats it.
    """
    means = _means(table)
    zero = next((means[line.entry] for line in table.lines if line.variant == ZERO and line.entry in means), None)
    return None if zero is None or max(means.values()) <= zero else (zero, max(means.values()))


def _standing(
    entry: str, rank: float, tables: Sequence[Table], scales: Sequence[tuple[float, float] | None]
) -> Standing:
    lines = [line for table in tables for line in table.lines if line.entry == entry]
    scaled: list[float] | None = []
    for table, line, ends in zip(tables, lines, scales, strict=True):
        if ends is None or scaled is None:
            scaled = None
        else:
            scaled += [(table.sign * score - ends[0]) / (ends[1] - ends[0]) for score in line.seeds.values()]
    return Standing(
        entry, lines[0].variant, lines[0].baseline, rank, None if scaled is None else interquartile_mean(scaled)
    )
