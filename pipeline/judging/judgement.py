"""Compare every claim with what was measured, by the rule in `verdicts`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pipeline.judging.commands import ON_ORIGINALS, run_all, run_more_seeds
from pipeline.judging.consistency import own_verdict
from pipeline.judging.families import factors, test_of
from pipeline.judging.findings import Found, better_of, deciding, is_time, measured, needs_data, scale_for, with_p
from pipeline.judging.kinds import Claim, Comparison, Document, Fact, Number, Open, Ratio, experiments_of, other_of
from pipeline.judging.measures import Row, Runs, gather
from pipeline.judging.printed import Printed, parse_metric
from pipeline.judging.records import Record, counted, metric_of, record
from pipeline.judging.scales import POSITIVE
from pipeline.judging.structure import Structure
from pipeline.judging.verdicts import (
    SEEDS,
    VERDICTS,
    Judgement,
    both_readings,
    judge_fact,
    judge_number,
    judge_text_of_a_run,
    too_few,
)

NOTHING: Mapping[tuple[str, str], str] = MappingProxyType({})
_OWN = "only the seed that draws the document's own random numbers has this figure"
_ONLY_OWN = Judgement("not attempted", f"{_OWN}, a verdict needs {SEEDS} others", few=True)


def judge_documents(documents: Sequence[Document], rows: list[Row], structure: Structure = NOTHING) -> list[Record]:
    """Judge every claim and return one record per claim, in the order of the files; keys as in reports/claims.json.

    `structure`: what is known about each experiment without a run, from `structure_of`.
    """
    first: dict[object, str] = {}
    records = []
    for document in documents:
        for claim, entry in zip(document.claims, _judge_document(document, rows, structure), strict=True):
            if isinstance(claim, Comparison):
                same = first.setdefault(test_of(claim), entry["id"])
                entry["same_test_as"] = "" if same == entry["id"] else same
            records.append(entry)
    return records


def count_verdicts(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """Count the claims of each kind of evidence by verdict, in the order of `VERDICTS`; what repeats is left out."""
    found: dict[str, Counter[str]] = {}
    for entry in counted(records):
        found.setdefault(entry["evidence"], Counter())[entry["verdict"]] += 1
    return {kind: {name: counts[name] for name in VERDICTS if counts[name]} for kind, counts in found.items()}


def _judge_document(document: Document, rows: list[Row], structure: Structure) -> list[Record]:
    claims = document.claims
    others = {place: other for place, claim in enumerate(claims) if (other := other_of(claim))}
    tested = [*claims, *others.values()]
    runs = [_runs(rows, claim) for claim in tested]
    found = [measured(claim, document, one, structure) for claim, one in zip(tested, runs, strict=True)]
    found = [with_p(one, both) for one, both in zip(found, factors(tested, found), strict=True)]
    judged = [_judgement(claim, document, one, what) for claim, one, what in zip(tested, runs, found, strict=True)]
    for place, second in zip(others, judged[len(claims) :], strict=True):
        judged[place] = both_readings(judged[place], second)
    return [
        record(claim, document, one, what, judgement)
        for claim, one, what, judgement in zip(claims, runs, found, judged, strict=False)
    ]


def _runs(rows: list[Row], claim: Claim) -> Runs:
    protocol = claim.protocol if isinstance(claim, Comparison) else "as_written"
    return gather(rows, experiments_of(claim), protocol)


def _judgement(claim: Claim, document: Document, runs: Runs, found: Found) -> Judgement:
    """Apply the rule to one claim; the first case that fits decides."""
    own = own_verdict(claim, document)
    if own is not None:
        return own
    if isinstance(claim, Open):
        return Judgement("not attempted", f"{claim.reason}. It would take: {claim.test}")
    if isinstance(claim, Fact) and found.counted is not None:
        known = judge_fact(claim.claimed, [found.counted])
        return replace(known, why=f"{known.why}, counted from the layers without a run")
    if runs.kind == "none":
        return Judgement("not attempted", f"nothing measured; {run_all(document, experiments_of(claim))} does it")
    if runs.kind == "sample" and needs_data(claim):
        why = f"ran on the built-in sample only, which is never held against a claim; {ON_ORIGINALS}"
        return Judgement("not attempted", why)
    alone = _only_own(claim, document, runs)
    if found.nothing and not alone:
        return _missing(claim, document, runs)
    foreign = _other_data(claim, document, runs)
    if foreign:
        return Judgement("other data", f"measured on {foreign}, not on the document's data")
    judged = _ONLY_OWN if alone else _by_measure(claim, found)
    if judged.few:
        more = run_more_seeds(document, experiments_of(claim), _seeds_with(document, claim))
        return replace(judged, why=f"{judged.why}; {more} gives them")
    return judged


def _other_data(claim: Claim, document: Document, runs: Runs) -> str:
    """Name the data of the runs if they are not those of the document; empty if they are, or it names none."""
    for name in experiments_of(claim) if needs_data(claim) else []:
        part = document.part(name)
        if not part.reading and runs.data(name) != part.data_set:
            return runs.data(name)
    return ""


def _only_own(claim: Claim, document: Document, runs: Runs) -> bool:
    """Check whether some experiment of a measured claim ran with nothing but the document's own random numbers."""
    if isinstance(claim, Fact) or (isinstance(claim, Number) and is_time(claim)):
        return False
    seeds = {name: {row["seed"] for row in mine} for name, mine in runs.by_experiment.items()}
    return any(mine == {document.part(name).own_stream} for name, mine in seeds.items())


def _seeds_with(document: Document, claim: Claim) -> int:
    """Count the seeds that a verdict takes, one more where one draws the document's own random numbers."""
    own = [document.part(name).own_stream for name in experiments_of(claim)]
    return SEEDS + any(seed is not None for seed in own)


def _by_measure(claim: Claim, found: Found) -> Judgement:
    """Judge what was measured on the document's data, or depends on no data."""
    if isinstance(claim, Fact):
        return (judge_text_of_a_run if claim.one_run else judge_fact)(claim.claimed, found.texts)
    if isinstance(claim, Comparison):
        return _comparison(claim, found)
    assert isinstance(claim, Number | Ratio)
    if is_time(claim) and isinstance(claim, Number):
        return Judgement("shown only", "seconds of another machine")
    if found.interval is None:
        return Judgement("not attempted", _OWN)
    if isinstance(claim, Ratio):
        better = None if is_time(claim) else claim.better
        return judge_number(Printed.parse(claim.claimed), found.interval, POSITIVE, better)
    return judge_number(claim.printed, found.interval, scale_for(claim), better_of(claim.metric))


def _comparison(claim: Comparison, found: Found) -> Judgement:
    least = min(pair.seeds for pair in found.pairs)
    if least < SEEDS:
        return too_few(least)
    pair, judged = deciding(found.pairs, scale_for(claim))
    which = f" ({pair.first} > {pair.second}, the weakest of {len(found.pairs)})" if len(found.pairs) > 1 else ""
    where = "; in the corrected protocol" if claim.protocol == "corrected" else ""
    differs = f"; the sides also differ in this: {claim.differs}" if claim.differs else ""
    return replace(judged, why=judged.why + which + where + differs)


def _missing(claim: Claim, document: Document, runs: Runs) -> Judgement:
    """Judge a claim whose experiment ran but did not measure this figure."""
    if isinstance(claim, Number):
        name = parse_metric(claim.metric).name
        if all(name in row["metrics"] and row["metrics"][name] is None for row in runs.all):
            return Judgement("failed", f"the runs ended without a number for {name}; see their history")
    for experiment, mine in runs.by_experiment.items():
        wanted, had = document.epochs.get(experiment), {row["epochs"] for row in mine}
        if wanted is not None and had != {wanted}:
            epochs = ", ".join(map(str, sorted(had)))
            return Judgement("not attempted", f"{experiment} ran for {epochs} epochs, the document for {wanted}")
    return Judgement("not attempted", f"the runs have no {metric_of(claim)}")
