"""The leaderboard: each board's entries with rank, interval, letters and tests, and the ranks over all boards."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any, Literal

from scipy import stats

from pipeline.judging.across import across
from pipeline.judging.duels import Duel, duel
from pipeline.judging.measures import Row
from pipeline.judging.pairwise import Pair, Tests, compare
from pipeline.judging.scores import Line, Table, common_folds, tables
from pipeline.judging.statistics import fold_interval, fold_mean, improvement, improvement_interval
from pipeline.judging.verdicts import ALPHA

REFERENCE = "lstm"
COLUMNS = (
    *("board", "data", "metric", "rank", "entry", "variant", "mean", "low", "high", "seeds", "runs", "parameters"),
    *("cpu_seconds", "letters", "differs_from_best", "p_holm", "baseline", "failed"),
)
Answer = Literal["yes", "no", ""]


@dataclass(frozen=True)
class Entry:
    """An entry of a board. None: nothing was measured, or too little for an interval or a test.

    `mean`, `low` and `high` are in the unit of the board's metric, with equal weight for every fold. `runs` counts all
    runs, `failed` those without a finite score, `seeds` and `folds` only the others. `better_than_reference` is a
    probability, between `better_low` and `better_high`.
    """

    rank: int | None
    entry: str
    variant: str
    baseline: bool
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    folds: int
    runs: int
    failed: int
    parameters: int | None
    cpu_seconds: float | None
    letters: str
    differs_from_best: Answer
    p_holm: float | None
    better_than_reference: float | None
    better_low: float | None
    better_high: float | None


@dataclass(frozen=True)
class Board:
    """A table of the leaderboard, the best entry first, those without a score last.

    `tests`: how many pairs were tested and corrected together. `untested`: see `Tests`. `first_two`: what it would take
    to tell the first two apart; None without two entries that can be compared.
    """

    board: str
    data: str
    metric: str
    better: Literal["higher", "lower"]
    overlap: float
    reference: str | None
    entries: list[Entry]
    tests: int
    untested: list[Pair]
    first_two: Duel | None


def leaderboard(rows: Iterable[Row]) -> dict[str, Any]:
    """Build {boards, across} as in reports/leaderboard.json; rows without a board are left out.

    Raises UserError if rows of a board lack a key or disagree on the metric.
    """
    found = tables(rows)
    over = across(found)
    return {"boards": [asdict(board(table)) for table in found], "across": over and asdict(over)}


@dataclass(frozen=True)
class _Ranking:
    """A table in order: lines with scores, the best first, and the `rest` without; means, ranks and tests by entry."""

    table: Table
    ranked: list[Line]
    rest: list[Line]
    means: dict[str, float]
    ranks: dict[str, int]
    tests: Tests
    reference: Line | None


def _ranking(table: Table) -> _Ranking:
    scored, rest = [line for line in table.lines if line.scores], [line for line in table.lines if not line.scores]
    means = {line.entry: fold_mean(list(line.folds.values())) for line in scored}
    ranked = sorted(scored, key=lambda line: -table.sign * means[line.entry])
    places = stats.rankdata([-table.sign * means[line.entry] for line in ranked], method="min")
    ranks = {line.entry: int(place) for line, place in zip(ranked, places, strict=True)}
    reference = next((line for line in scored if line.entry == REFERENCE), None)
    return _Ranking(table, ranked, rest, means, ranks, compare(table, ranked), reference)


def board(table: Table) -> Board:
    """Build a board: rank the entries, compute their intervals, and test every pair."""
    found = _ranking(table)
    return Board(
        board=table.board,
        data=table.data,
        metric=table.metric,
        better="higher" if table.sign > 0 else "lower",
        overlap=table.overlap,
        reference=found.reference.entry if found.reference else None,
        entries=[_entry(found, line) for line in [*found.ranked, *found.rest]],
        tests=len(found.tests.p),
        untested=found.tests.untested,
        first_two=_first_two(found),
    )


def _first_two(found: _Ranking) -> Duel | None:
    if len(found.ranked) < 2:
        return None
    first, second = (line.entry for line in found.ranked[:2])
    return duel(found.table, first, second, len(found.tests.p))


def _entry(found: _Ranking, line: Line) -> Entry:
    low, high = fold_interval(list(line.folds.values())) or (None, None)
    differs, p = _against_best(found, line)
    better = _better(found, line)
    return Entry(
        rank=found.ranks.get(line.entry),
        entry=line.entry,
        variant=line.variant,
        baseline=line.baseline,
        mean=found.means.get(line.entry),
        low=low,
        high=high,
        seeds=len(line.seeds),
        folds=len(line.folds),
        runs=len(line.scores) + line.failed,
        failed=line.failed,
        parameters=line.parameters,
        cpu_seconds=line.cpu_seconds,
        letters=found.tests.letters.get(line.entry, ""),
        differs_from_best=differs,
        p_holm=p,
        better_than_reference=better[0] if better else None,
        better_low=better[1] if better else None,
        better_high=better[2] if better else None,
    )


def _against_best(found: _Ranking, line: Line) -> tuple[Answer, float | None]:
    """Tell whether an entry differs from the best, and with which p; the best does not differ from itself."""
    if line in found.ranked[:1]:
        return "no", None
    p = found.tests.between(found.ranked[0].entry, line.entry) if found.ranked else None
    return ("" if p is None else "yes" if p < ALPHA else "no"), p


def _better(found: _Ranking, line: Line) -> tuple[float, float, float] | None:
    """Compute P(better than the reference) and its interval, over the folds that both have."""
    if found.reference is None or line is found.reference:
        return None
    mine, others = common_folds(found.table, line, found.reference)
    if not mine:
        return None
    share = improvement(mine, others)
    return share, *improvement_interval(share, sum(map(len, mine)), sum(map(len, others)))


def as_csv(boards: Iterable[dict[str, Any]]) -> str:
    """Format the boards of `leaderboard` as CSV, one row per entry; a cell is empty where nothing was measured."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in boards:
        writer.writerows([_cell((one | entry)[name]) for name in COLUMNS] for entry in one["entries"])
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
