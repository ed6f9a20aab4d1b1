"""Hold a document against itself: do its own figures bear out one of its sentences? The answer is the arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import sqrt

from scipy import stats

from pipeline.judging.expressions import holds
from pipeline.judging.kinds import Claim, Comparison, Consistency, Document, Number, Ratio
from pipeline.judging.printed import Printed, half_digit, parse_metric, parse_term
from pipeline.judging.statistics import LEVEL
from pipeline.judging.verdicts import Judgement, brief

Figures = Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True)
class OwnValue:
    """A term computed from the document's own figures. `slack`: how far rounding may have moved it. `variance`: of its
    sampling error, where all its figures are shares of known samples; None elsewhere. `sum`: as text."""

    value: Decimal
    slack: Decimal
    variance: float | None
    sum: str


def own_figures(document: Document) -> dict[tuple[str, str], Decimal]:
    """Collect the figures that the document prints, by (experiment, metric); percentages as fractions."""
    return {(claim.experiment, claim.metric): claim.value for claim in document.claims if isinstance(claim, Number)}


def own_value(text: str, document: Document, figures: Figures) -> OwnValue | None:
    """Compute a term from the document's figures; None if one of them is not printed."""
    term = parse_term(text)
    if not term.pieces:
        return OwnValue(term.constant, Decimal(0), 0.0, str(term.constant))
    found = [figures.get((piece.experiment, _as_printed(piece.metric))) for piece in term.pieces]
    printed = [value for value in found if value is not None]
    if len(printed) < len(found):
        return None
    total = sum((piece.sign * value for piece, value in zip(term.pieces, printed, strict=True)), Decimal(0))
    sums = " - ".join(str(value) for value in printed)
    variances = [
        _variance(value, document.part(piece.experiment).size(parse_metric(piece.metric).name))
        for piece, value in zip(term.pieces, printed, strict=True)
    ]
    known = [one for one in variances if one is not None]
    return OwnValue(
        total,
        sum(map(half_digit, printed), Decimal(0)),
        sum(known) if len(known) == len(variances) else None,
        f"{sums} = {total}" if len(printed) > 1 else sums,
    )


def _as_printed(metric: str) -> str:
    """Name the metric of a document's seconds: ours are of the processor, theirs of the clock."""
    clock = "seconds" if "@" in metric else "train_seconds"
    return metric.replace("cpu_seconds", clock) if metric.startswith("cpu_seconds") else metric


def _variance(share: Decimal, size: int | None) -> float | None:
    return None if size is None else float(share * (1 - share)) / size


def own_verdict(claim: Claim, document: Document) -> Judgement | None:
    """Judge a claim by the document's own figures; None if they do not speak against it."""
    if isinstance(claim, Consistency):
        return _consistency(claim)
    if isinstance(claim, Comparison):
        return _ordering(claim, document, own_figures(document))
    return _ratio(claim, document, own_figures(document)) if isinstance(claim, Ratio) else None


def _consistency(claim: Consistency) -> Judgement:
    values = {name: quoted.value for name, quoted in claim.figures.items()}
    said = ", ".join(f"{name}: {brief(value)}" for name, value in values.items())
    agrees = holds(claim.holds, values)
    verdict, word = ("consistent", "is true") if agrees else (claim.otherwise, "is not true")
    return Judgement(verdict, f"`{claim.holds}` {word} ({said}): {claim.explanation}")


def _ordering(claim: Comparison, document: Document, figures: Figures) -> Judgement | None:
    """Check every pair of neighbours; sampling error turns a contradiction into a lack of support."""
    against = []
    for chain in claim.order:
        for first, second in pairwise(chain):
            above, below = own_value(first, document, figures), own_value(second, document, figures)
            if above and below and above.value + above.slack < below.value - below.slack:
                against.append(_opposite(first, above, second, below))
    return min(against, key=lambda one: one.verdict) if against else None  # `contradicts itself` comes first


def _opposite(first: str, above: OwnValue, second: str, below: OwnValue) -> Judgement:
    told = f"its own figures say the opposite: {first}: {above.sum}; {second}: {below.sum}"
    if above.variance is None or below.variance is None:
        return Judgement("contradicts itself", told)
    error = sqrt(above.variance + below.variance)
    sure = error == 0 or float(below.value - above.value) > float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    verdict = "contradicts itself" if sure else "not supported by its own figures"
    return Judgement(verdict, f"{told}; the standard error of the difference is {error:.3f}")


def _ratio(claim: Ratio, document: Document, figures: Figures) -> Judgement | None:
    """Check a ratio: it has no support if the document's figures miss it in every pair, allowing for their rounding."""
    said, parts = Printed.parse(claim.claimed), []
    for above, below in claim.pairs:
        over, under = own_value(above, document, figures), own_value(below, document, figures)
        if over is None or under is None:
            return None
        least = (over.value - over.slack) / (under.value + under.slack)
        most = (over.value + over.slack) / (under.value - under.slack)
        if least <= said.high and most >= said.low:
            return None
        parts.append(f"{over.value} / {under.value} = {over.value / under.value:.2f}")
    return Judgement(
        "not supported by its own figures", f"claimed {claim.claimed} times, its own figures give {'; '.join(parts)}"
    )
