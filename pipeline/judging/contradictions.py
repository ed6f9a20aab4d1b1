"""Check a document against itself: do its own figures refute one of its sentences? The answer is the arithmetic."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Ratio
from pipeline.judging.printed import Printed, half_digit, parse_term

Figures = dict[tuple[str, str], Decimal]


@dataclass(frozen=True)
class OwnValue:
    """A term computed from the document's own figures. `slack`: how far rounding may have moved it; `sum`: as text."""

    value: Decimal
    slack: Decimal
    sum: str


def own_figures(document: Document) -> Figures:
    """Collect the figures that the document prints, by (experiment, metric); percentages as fractions."""
    return {(claim.experiment, claim.metric): claim.value for claim in document.claims if isinstance(claim, Number)}


def own_value(text: str, figures: Figures) -> OwnValue | None:
    """Compute a term from the document's figures; None if one of them is not printed."""
    term = parse_term(text)
    if not term.pieces:
        return OwnValue(term.constant, Decimal(0), str(term.constant))
    found = [figures.get((piece.experiment, piece.metric)) for piece in term.pieces]
    printed = [value for value in found if value is not None]
    if len(printed) < len(found):
        return None
    total = sum((piece.sign * value for piece, value in zip(term.pieces, printed, strict=True)), Decimal(0))
    sums = " - ".join(str(value) for value in printed)
    return OwnValue(total, sum(map(half_digit, printed), Decimal(0)), f"{sums} = {total}" if len(printed) > 1 else sums)


def refuted(claim: Claim, document: Document) -> str | None:
    """Give the arithmetic by which the document refutes the claim; None if it does not."""
    if isinstance(claim, Comparison):
        return _order_refuted(claim, own_figures(document))
    if isinstance(claim, Ratio):
        return _ratio_refuted(claim, own_figures(document))
    if isinstance(claim, Fact | Number) and claim.own is not None and claim.own.value != claim.claimed:
        unit = " %" if isinstance(claim, Number) and claim.unit else ""
        return f"claimed {claim.claimed}{unit}, the document itself has {claim.own.value}{unit}: {claim.own.why}"
    return None


def _order_refuted(claim: Comparison, figures: Figures) -> str | None:
    for chain in claim.order:
        for first, second in pairwise(chain):
            better, worse = own_value(first, figures), own_value(second, figures)
            if better and worse and better.value + better.slack < worse.value - worse.slack:
                return f"its own figures say the opposite: {first}: {better.sum}; {second}: {worse.sum}"
    return None


def _ratio_refuted(claim: Ratio, figures: Figures) -> str | None:
    """Check a ratio: it is refuted if the document's figures miss it in every pair, allowing for their rounding."""
    said, parts = Printed.parse(claim.claimed), []
    for above, below in claim.pairs:
        over, under = own_value(above, figures), own_value(below, figures)
        if over is None or under is None:
            return None
        least = (over.value - over.slack) / (under.value + under.slack)
        most = (over.value + over.slack) / (under.value - under.slack)
        if least <= said.high and most >= said.low:
            return None
        parts.append(f"{over.value} / {under.value} = {over.value / under.value:.2f}")
    return f"claimed {claim.claimed} times, its own figures give {'; '.join(parts)}"
