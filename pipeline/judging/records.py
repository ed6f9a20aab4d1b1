"""Records of reports/claims.json: each claim with what was measured."""

from typing import Any

from pipeline.judging.findings import Found, deciding
from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Ratio, experiments_of
from pipeline.judging.printed import Printed
from pipeline.judging.statistics import interval
from pipeline.judging.verdicts import Judgement

Record = dict[str, Any]

_MEASURED = ("measured", "low", "high", "mean_low", "mean_high", "seeds")


def record(claim: Claim, document: Document, found: Found, judgement: Judgement) -> Record:
    """Build the record of one claim: the quote, the measurement, the verdict and why."""
    note = getattr(claim, "note", "")
    return {
        "id": f"{document.document}.{claim.id}",
        "document": document.document,
        "kind": claim.kind,
        "quote": claim.quote,
        "translation": claim.translation,
        "experiment": ", ".join(experiments_of(claim)),
        "metric": metric_of(claim),
        "claimed": _claimed(claim),
        "unit": getattr(claim, "unit", ""),
        **_measurement(found),
        "verdict": judgement.verdict,
        "why": judgement.why + (f". {note}" if note else ""),
    }


def metric_of(claim: Claim) -> str:
    """Describe what a claim is about: a metric, or the terms of a comparison or ratio."""
    if isinstance(claim, Comparison):
        return "; ".join(" > ".join(chain) for chain in claim.order)
    if isinstance(claim, Ratio):
        return "; ".join(" / ".join(pair) for pair in claim.pairs)
    return claim.metric if isinstance(claim, Number | Fact) else ""


def _claimed(claim: Claim) -> int | float | str | None:
    """Convert the claimed figure to a number where the document prints one."""
    if isinstance(claim, Fact):
        return _plain(claim.claimed)
    return Printed.parse(claim.claimed).number() if isinstance(claim, Number | Ratio) else None


def _plain(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _measurement(found: Found) -> Record:
    """Fill the measured columns. What was counted has no seeds; without a measurement all are None."""
    if found.counted is not None:
        return dict.fromkeys(_MEASURED) | {"measured": _plain(found.counted)}
    if found.texts:
        told = sorted(set(found.texts))
        value = _plain(told[0]) if len(told) == 1 else ", ".join(told)
        return dict.fromkeys(_MEASURED) | {"measured": value, "seeds": len(found.texts)}
    one = interval(deciding(found.pairs)[0].differences) if found.pairs else found.interval
    if one is None:
        return dict.fromkeys(_MEASURED)
    values = (one.mean, one.low, one.high, one.mean_low, one.mean_high, one.seeds)
    return dict(zip(_MEASURED, values, strict=True))
