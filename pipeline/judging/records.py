"""Records of reports/claims.json: each claim with what was measured. docs/ledger.md explains every field."""

from collections import Counter
from collections.abc import Sequence
from math import exp
from typing import Any

from pipeline.judging.evidence import evidence_of
from pipeline.judging.findings import Found, deciding, is_time, needs_data, readings, scale_for
from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Ratio, experiments_of
from pipeline.judging.measures import Row, Runs
from pipeline.judging.printed import Printed
from pipeline.judging.scales import Scale
from pipeline.judging.verdicts import Judgement

Record = dict[str, Any]

_MEASURED = ("measured", "low", "high", "mean_low", "mean_high", "seeds", "detectable", "enough", "p")
_RUN = ("mlflow_run_id", "run_key", "experiment", "seed")


def record(claim: Claim, document: Document, runs: Runs, found: Found, judgement: Judgement) -> Record:
    """Build the record of one claim: the quote, the measurement, the verdict and why."""
    note = getattr(claim, "note", "")
    return {
        "id": f"{document.document}.{claim.id}",
        "document": document.document,
        "kind": claim.kind,
        "evidence": evidence_of(claim, document),
        "quote": claim.quote,
        "translation": claim.translation,
        "lines": claim.lines,
        "reading": readings(claim, document),
        "experiment": ", ".join(experiments_of(claim)),
        "metric": metric_of(claim),
        "claimed": _claimed(claim),
        "unit": getattr(claim, "unit", ""),
        **_measurement(claim, found),
        "margin": _margin(claim),
        "own_stream": _in_unit(claim, found.own),
        "data": _data(claim, document, runs),
        "verdict": judgement.verdict,
        "why": judgement.why + (f"{'' if judgement.why.endswith('.') else '.'} {note}" if note else ""),
        "few": judgement.few,
        "own_seed": _own_seed(claim, document),
        "repeats": claim.repeats,
        "same_test_as": "",
        "runs": [] if found.nothing else [_run(row) for row in runs.all],
    }


def counted(records: Sequence[Record]) -> list[Record]:
    """Select the claims that count: what one document repeats of another is one piece of evidence."""
    return [record for record in records if not record.get("repeats")]


def _run(row: Row) -> Record:
    return {key: row.get(key) for key in _RUN} | (row.get("provenance") or {})


def _own_seed(claim: Claim, document: Document) -> bool:
    """Tell whether a seed of our runs draws the document's own random numbers, and so is in no interval."""
    names = [] if isinstance(claim, Fact) else experiments_of(claim)
    return any(document.part(name).own_stream is not None for name in names)


def _data(claim: Claim, document: Document, runs: Runs) -> Record:
    """Name the data of the document and those of our runs, for every experiment; empty if no data matter."""
    names = experiments_of(claim) if needs_data(claim) else []
    return {name: {"document": document.part(name).data_set, "ours": runs.data(name)} for name in names}


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


def _margin(claim: Claim) -> str:
    """Describe the margin that a verdict on this claim needs; empty where none does."""
    if isinstance(claim, Number | Ratio) and not (is_time(claim) and isinstance(claim, Number)):
        return scale_for(claim).margin()
    if isinstance(claim, Comparison):
        return scale_for(claim).step_text()
    return ""


def _in_unit(claim: Claim, value: float | None) -> float | None:
    return None if value is None else value * _unit(claim)


def _unit(claim: Claim) -> int:
    return 100 if getattr(claim, "unit", "") == "%" else 1


def _measurement(claim: Claim, found: Found) -> Record:
    """Fill the measured columns. What was counted has no seeds; without a measurement all are None."""
    nothing: Record = dict.fromkeys(_MEASURED)
    if found.counted is not None:
        return nothing | {"measured": _plain(found.counted)}
    if found.texts:
        ((most_common, _),) = Counter(found.texts).most_common(1)
        return nothing | {"measured": _plain(most_common), "seeds": len(found.texts)}
    if isinstance(claim, Comparison) and found.pairs:
        return nothing | _ordering(found, scale_for(claim))
    one = found.interval
    if one is None:
        return nothing
    ends = (one.mean, one.low, one.high, one.mean_low, one.mean_high)
    return (
        nothing
        | dict(zip(_MEASURED, (_in_unit(claim, end) for end in ends), strict=False))
        | {
            "seeds": one.seeds,
            "detectable": _in_unit(claim, one.detectable),
            "enough": one.enough,
        }
    )


def _ordering(found: Found, scale: Scale) -> Record:
    """Describe the pair that decides: a difference of shares, or the ratio of other figures."""
    if any(pair.found is None for pair in found.pairs):
        first = found.pairs[0]
        return {"measured": first.mean if scale.name == "share" else exp(first.mean), "seeds": first.seeds}
    pair = deciding(found.pairs, scale)[0]
    one = pair.found
    assert one is not None
    values = (one.mean, one.low, one.high, one.detectable)
    mean, low, high, seen = values if scale.name == "share" else tuple(exp(min(value, 700)) for value in values)
    return {
        "measured": mean,
        "mean_low": low,
        "mean_high": high,
        "seeds": one.seeds,
        "detectable": seen,
        "enough": one.enough,
        "p": pair.p,
    }
