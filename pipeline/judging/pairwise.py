"""Test every pair of a board, correct all of them together, and derive the letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.judging.ranking import letter_columns, letters
from pipeline.judging.scores import Line, Table, differences
from pipeline.judging.statistics import holm, paired
from pipeline.judging.verdicts import ALPHA, SEEDS

Pair = tuple[str, str]


@dataclass(frozen=True)
class Tests:
    """The corrected p of every tested pair, and the letters of every entry that was tested against any other.

    `untested`: pairs that have letters but fewer than 5 runs in common, so their letters must not be compared.
    """

    p: Mapping[Pair, float]
    letters: Mapping[str, str]
    untested: list[Pair]

    def between(self, first: str, second: str) -> float | None:
        """Look up the corrected p of two entries, in either order; None if they were not tested."""
        return self.p.get((first, second), self.p.get((second, first)))


def compare(table: Table, ranked: Sequence[Line]) -> Tests:
    """Test every pair with 5 or more runs in common, correct after Holm, and derive the letters at 5 %.

    `ranked`: lines of the table, the best first.
    """
    found = {(a.entry, b.entry): differences(table, a, b) for a, b in combinations(ranked, 2)}
    plain = {pair: paired(values, table.overlap) for pair, values in found.items() if len(values) >= SEEDS}
    corrected = dict(zip(plain, holm(list(plain.values())), strict=True))
    names = [line.entry for line in ranked if any(line.entry in pair for pair in corrected)]
    differs = [[_differ(corrected, a, b) for b in names] for a in names]
    spelt = letters(letter_columns(differs), len(names))
    untested = [pair for pair in found if pair not in corrected and set(pair) <= set(names)]
    return Tests(corrected, dict(zip(names, spelt, strict=True)), untested)


def _differ(p: Mapping[Pair, float], first: str, second: str) -> bool:
    return p.get((first, second), p.get((second, first), 1.0)) < ALPHA
