"""Compare every claim with what was measured, by the rule in `verdicts`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pipeline.judging.commands import ON_ORIGINALS, run_all, run_more_seeds
from pipeline.judging.contradictions import refuted
from pipeline.judging.findings import Found, better_of, corrected, deciding, measured, needs_data, span
from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Open, Ratio, experiments_of, terms_of
from pipeline.judging.measures import Evidence, Row, gather
from pipeline.judging.printed import Printed, parse_metric
from pipeline.judging.records import Record, metric_of, record
from pipeline.judging.structure import Structure
from pipeline.judging.verdicts import (
    SEEDS,
    VERDICTS,
    Judgement,
    judge_fact,
    judge_number,
    judge_text_of_a_run,
    too_few,
)

NOTHING: Mapping[tuple[str, str], str] = MappingProxyType({})


def judge_documents(documents: Sequence[Document], rows: list[Row], structure: Structure = NOTHING) -> list[Record]:
    """Judge every claim and return one record per claim, in the order of the files; keys as in reports/claims.json.

    `structure`: what is known about each experiment without a run, from `structure_of`.
    """
    return [entry for document in documents for entry in _judge_document(document, rows, structure)]


def count_verdicts(records: Sequence[Record]) -> dict[str, int]:
    """Count the claims with each verdict; every verdict has a count, in the order of `VERDICTS`."""
    counts = Counter(record["verdict"] for record in records)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _judge_document(document: Document, rows: list[Row], structure: Structure) -> list[Record]:
    claims = document.claims
    evidence = [_evidence(rows, claim) for claim in claims]
    against = [refuted(claim, document) for claim in claims]
    found = [measured(claim, document, one, structure) for claim, one in zip(claims, evidence, strict=True)]
    found = corrected(found, [text is None for text in against])
    return [
        record(claim, document, what, _judgement(claim, document, one, what, text))
        for claim, one, what, text in zip(claims, evidence, found, against, strict=True)
    ]


def _evidence(rows: list[Row], claim: Claim) -> Evidence:
    protocol = claim.protocol if isinstance(claim, Comparison) else "as_written"
    return gather(rows, experiments_of(claim), protocol)


def _judgement(claim: Claim, document: Document, evidence: Evidence, found: Found, against: str | None) -> Judgement:
    """Apply the rule to one claim; the first case that fits decides."""
    if against is not None:
        return Judgement("contradicts itself", against)
    if isinstance(claim, Open):
        return Judgement("not attempted", f"{claim.reason}. It would take: {claim.test}")
    if isinstance(claim, Fact) and found.counted is not None:
        known = judge_fact(claim.claimed, [found.counted])
        return replace(known, why=f"{known.why}, counted from the layers without a run")
    if evidence.kind == "none":
        return Judgement("not attempted", f"nothing measured; {run_all(document, experiments_of(claim))} does it")
    if evidence.kind == "sample" and needs_data(claim):
        why = f"ran on the built-in sample only, which is never held against a claim; {ON_ORIGINALS}"
        return Judgement("not attempted", why)
    if found.nothing:
        return _missing(claim, document, evidence)
    if evidence.kind == "other" and needs_data(claim):
        return Judgement("other data", f"measured on {evidence.data}, not on the document's data")
    judged = _by_measure(claim, document, found)
    if judged.verdict == "not attempted" and min(map(len, evidence.runs.values())) < SEEDS:
        more = run_more_seeds(document, experiments_of(claim), SEEDS)
        return replace(judged, why=f"{judged.why}; {more} gives them")
    return judged


def _by_measure(claim: Claim, document: Document, found: Found) -> Judgement:
    """Judge what was measured on the document's data, or depends on no data."""
    if isinstance(claim, Fact):
        return (judge_text_of_a_run if claim.one_run else judge_fact)(claim.claimed, found.texts)
    if isinstance(claim, Comparison):
        return _comparison(claim, found)
    assert isinstance(claim, Number | Ratio) and found.interval is not None
    if isinstance(claim, Number):
        judged = judge_number(claim.printed, found.interval, better_of(claim.metric), span(claim, document))
    else:
        judged = judge_number(Printed.parse(claim.claimed), found.interval, claim.better)
    return replace(judged, why=judged.why + "; seconds tell of the machine too") if _timed(claim) else judged


def _comparison(claim: Comparison, found: Found) -> Judgement:
    least = min(len(pair.differences) for pair in found.pairs)
    if least < SEEDS:
        return too_few(least)
    pair, judged = deciding(found.pairs)
    which = f" ({pair.first} > {pair.second}, the weakest of {len(found.pairs)})" if len(found.pairs) > 1 else ""
    where = "; in the corrected protocol" if claim.protocol == "corrected" else ""
    return replace(judged, why=judged.why + which + where)


def _timed(claim: Number | Ratio) -> bool:
    metrics = [claim.metric] if isinstance(claim, Number) else terms_of(claim)
    return any("seconds" in metric for metric in metrics)


def _missing(claim: Claim, document: Document, evidence: Evidence) -> Judgement:
    """Judge a claim whose experiment ran but did not measure this figure."""
    rows = [row for runs in evidence.runs.values() for row in runs]
    if isinstance(claim, Number):
        name = parse_metric(claim.metric).name
        if all(name in row["metrics"] and row["metrics"][name] is None for row in rows):
            return Judgement("failed", f"the runs ended without a number for {name}; see their history")
    for experiment, runs in evidence.runs.items():
        wanted, had = document.epochs.get(experiment), {row["epochs"] for row in runs}
        if wanted is not None and had != {wanted}:
            epochs = ", ".join(map(str, sorted(had)))
            return Judgement("not attempted", f"{experiment} ran for {epochs} epochs, the document for {wanted}")
    return Judgement("not attempted", f"the runs have no {metric_of(claim)}")
