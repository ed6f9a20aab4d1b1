"""All claims of a document, for reading: what was decided, its logs, and folded, what was not run."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipeline.judging.claims import Document
from pipeline.judging.commands import originals_of
from pipeline.judging.records import Record
from pipeline.judging.verdicts import SEEDS
from pipeline.report.outcome import GROUP, word
from pipeline.report.runs import of_a_claim
from pipeline.report.sections import Entry, counts, row_of

UNDONE = "not attempted"


def document(entry: Document, records: Sequence[Record], families: Mapping[str, str]) -> Entry:
    """Group a document's claims. `families`: the family of each experiment."""
    mine = [_entry(record, families) for record in records if record["document"] == entry.document]
    blocks: dict[str, list[Entry]] = defaultdict(list)
    for record in mine:
        if record["kind"] == "log":
            blocks[record["id"].split(".")[1]].append(record)
    logs = [_log(name, claims) for name, claims in blocks.items()]
    said = [record for record in mine if record["kind"] != "log"]
    return {
        "number": entry.document,
        "title": entry.title,
        "title_en": entry.title_en,
        "source": entry.source,
        "notes": entry.notes,
        "word": word([record for record in records if record["document"] == entry.document]),
        "said": [record for record in said if record["verdict"] != UNDONE],
        "logs": [log for log in logs if not log["undone"]],
        "undone": undone(entry, mine),
        "undone_said": [record for record in said if record["verdict"] == UNDONE],
        "undone_logs": [log for log in logs if log["undone"]],
    }


def _entry(record: Record, families: Mapping[str, str]) -> Entry:
    names = [families[name] for name in str(record["experiment"]).split(", ") if name in families]
    return {
        **row_of(record),
        "group": GROUP[record["verdict"]].name,
        "families": ",".join(dict.fromkeys(names)),
        "run_table": of_a_claim(record["runs"]),
    }


def _log(name: str, claims: Sequence[Entry]) -> Entry:
    """Group the figures of a log by line, in order; the runs of all figures are those of one experiment."""
    lines: dict[str, list[Entry]] = defaultdict(list)
    for claim in claims:
        lines[claim["quote"]].append(claim)
    return {
        "name": name,
        "size": len(claims),
        "families": claims[0]["families"],
        "lines": [{"quote": quote, "claims": figures} for quote, figures in lines.items()],
        "counts": counts(claims),
        "undone": all(claim["verdict"] == UNDONE for claim in claims),
        "reasons": list(dict.fromkeys(claim["why"] for claim in claims)),
        "run_table": next((claim["run_table"] for claim in claims if claim["run_table"]), None),
    }


def undone(entry: Document, records: Sequence[Record]) -> Entry | None:
    """Sum up in a line what a document claims that was not run, with the command that runs it; None for nothing.

    Sentences without a test are counted apart, since no command runs them.
    """
    left = [record for record in records if record["verdict"] == UNDONE]
    if not left:
        return None
    testable = [record for record in left if record["kind"] != "open"]
    names = list(dict.fromkeys(name for record in testable for name in str(record["experiment"]).split(", ") if name))
    originals = " ORIGINALS=1" if originals_of(entry, names) else ""
    seeds = f" SEEDS={SEEDS + any(r['own_seed'] for r in testable)}"
    return {
        "count": len(testable),
        "untested": len(left) - len(testable),
        "command": f"make reproduce ALL=1{originals}{seeds}" if testable else "",
        "experiments": names,
    }
