"""Which experiments get more seeds: those whose claims are undecided, where more could decide them, within a budget.

The rule is fixed beforehand, so that looking twice makes no verdict likelier. A figure asks for seeds by the width of
its interval alone, wherever the claimed figure lies. An ordering goes on to the last seed unless its difference is
beyond doubt (p < .001, Haybittle 1971 and Peto 1976) or its interval within the margin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.judging.judgement import judge_documents
from pipeline.judging.kinds import Document
from pipeline.judging.measures import Row
from pipeline.judging.records import Record, counted
from pipeline.judging.structure import structure_of
from pipeline.judging.verdicts import SEEDS
from pipeline.params import Params
from pipeline.spec.experiment import Experiment

DOUBTLESS = 0.001
_JUDGED = ("reproduced", "better", "cannot tell", "no difference", "not reproduced", "refuted")


@dataclass(frozen=True)
class Wish:
    """An experiment, how many seeds it should have, the claims that this could decide, and the minutes it takes."""

    experiment: str
    seeds: int
    claims: tuple[str, ...]
    minutes: float

    @property
    def line(self) -> str:
        """The wish as one line."""
        more = f" and {len(self.claims) - 1} more" if len(self.claims) > 1 else ""
        return f"{self.experiment}: {self.seeds} seeds could decide {self.claims[0]}{more}"


def wanted(record: Record, most: int) -> int:
    """Tell how many seeds a claim asks for, `most` at most; 0 if it asks for none."""
    have = record["seeds"] or 0
    if record["few"]:
        return SEEDS if most >= SEEDS else 0
    if record["verdict"] not in _JUDGED or not have or have >= most:
        return 0
    if record["kind"] == "comparison":
        decided = record["p"] is not None and record["p"] < DOUBTLESS
        return 0 if decided or record["verdict"] == "no difference" else most
    enough = record["enough"]
    return enough if enough is not None and have < enough <= most else 0


def asked_for(params: Params, documents: list[Document], rows: list[Row], minutes: float) -> list[Wish]:
    """List the experiments that get more seeds, by the claims that are undecided with the runs so far."""
    if minutes <= 0 or not params.run.most_seeds:
        return []
    records = judge_documents(documents, rows, structure_of(params))
    return wishes(records, params.chosen(), rows, params.run.most_seeds, minutes)


def wishes(
    records: Sequence[Record],
    experiments: Mapping[str, Experiment],
    rows: Sequence[Row],
    most: int,
    minutes: float,
) -> list[Wish]:
    """List the wishes that fit into the budget, those that decide most claims a minute first.

    `minutes`: the budget, in minutes of one core.
    """
    seeds = {name: len({row["seed"] for row in rows if row["experiment"] == name}) for name in experiments}
    found = [_wish(name, records, experiments[name], count, most) for name, count in seeds.items() if count]
    asked = sorted((one for one in found if one is not None), key=lambda one: one.minutes / len(one.claims))
    granted, spent = [], 0.0
    for one in asked:
        if spent + one.minutes <= minutes:
            granted.append(one)
            spent += one.minutes
    return granted


def _wish(name: str, records: Sequence[Record], experiment: Experiment, have: int, most: int) -> Wish | None:
    mine = [record for record in counted(records) if name in record["experiment"].split(", ")]
    asking = {record["id"]: min(most, wanted(record, most) + _own(record)) for record in mine if wanted(record, most)}
    asking = {claim: count for claim, count in asking.items() if count > have}
    if not asking:
        return None
    count = max(asking.values())
    return Wish(name, count, tuple(asking), (count - have) * experiment.labels.minutes)


def _own(record: Record) -> int:
    """Count the seeds that are in no interval, for they draw the document's own random numbers."""
    return int(record["own_seed"])
