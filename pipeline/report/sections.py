"""Content of each section of the page, as plain lists for the template; no HTML here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.base.console import plural
from pipeline.judging.evidence import EVIDENCE
from pipeline.judging.intervals import Interval, one_run
from pipeline.judging.judgement import count_verdicts
from pipeline.judging.measures import Row
from pipeline.judging.records import counted
from pipeline.judging.scales import scale_of
from pipeline.judging.verdicts import VERDICTS, shown
from pipeline.report import korean, prints
from pipeline.report.folds import by_fold, overall

Record = dict[str, Any]
Entry = dict[str, Any]


def headline(records: Sequence[Record]) -> list[Entry]:
    """List the kinds of evidence, each with its claims by verdict; a claim that repeats another is one with it."""
    counted = count_verdicts(records)
    return [
        {
            "evidence": kind,
            "meaning": meaning,
            "total": sum(counted[kind].values()),
            "verdicts": list(counted[kind].items()),
        }
        for kind, meaning in EVIDENCE.items()
        if kind in counted
    ]


def counts_of(records: Sequence[Record]) -> dict[str, int]:
    """Count the claims, those that were measured, and those of these on the data of their document."""
    distinct = counted(records)
    ran = [record for record in distinct if record["runs"]]
    return {
        "documents": len({record["document"] for record in records}),
        "claims": len(distinct),
        "repeated": len(records) - len(distinct),
        "ran": len(ran),
        "own": sum(record["verdict"] != "other data" for record in ran),
    }


def on_sample(rows: Sequence[Row]) -> bool:
    """Tell whether any run was on the built-in sample."""
    return any(row["data_kind"] == "sample" for row in rows)


def opening_ko(records: Sequence[Record], rows: Sequence[Row]) -> list[str]:
    """Say the sentences of `opening` in Korean."""
    return [korean.opening(counts_of(records)), *([korean.SYNTHETIC] if on_sample(rows) else [])]


def opening(records: Sequence[Record], rows: Sequence[Row]) -> list[str]:
    """Say in plain sentences how many claims there are, how many were measured, and on which data."""
    found = counts_of(records)
    repeated = f", and {found['repeated']} that repeat one of them" if found["repeated"] else ""
    said = [
        f"{plural(found['claims'], 'claim')} of {found['documents']} documents on recurrent networks{repeated}. "
        f"{found['ran']} were held against runs here, {found['own']} of them on the data that the document used, or "
        "for which it names none."
    ]
    if on_sample(rows):
        said.append(
            "The city sounds here are synthetic, so they decide nothing: `make reproduce ORIGINALS=1` has real ones."
        )
    return said


def figure(value: Any, unit: str = "") -> str:
    """Format a figure for a table: numbers by `shown`, text as it is, a dash for None."""
    if value is None:
        return "–"
    return (shown(value) if isinstance(value, float) else str(value)) + (f" {unit}" if unit else "")


def bounds(low: float | None, high: float | None, unit: str = "") -> str:
    """Format `low to high`; a dash if there is no interval."""
    return "–" if low is None or high is None else f"{shown(low)} to {shown(high)}" + (f" {unit}" if unit else "")


def row_of(record: Record) -> Entry:
    """Format the cells of one claim."""
    unit = record.get("unit", "")
    return {
        **record,
        "claimed": "–" if record["claimed"] is None else f"{record['claimed']} {unit}".strip(),
        "measured": figure(record["measured"], unit),
        "interval": bounds(record["low"], record["high"], unit),
        "mean_interval": bounds(record["mean_low"], record["mean_high"], unit),
        "seeds": figure(record["seeds"]),
        "tested_by": tested_by(record),
        "caught": caught(record),
        "prints": prints.folded(record["claimed"], record["measured"]),
    }


def caught(record: Record) -> str:
    """Describe the smallest error that the verdict would have caught; empty where nothing was measured over seeds."""
    seen = record["detectable"]
    if seen is None or record["verdict"] in ("not attempted", "shown only"):
        return ""
    if record["kind"] != "comparison":
        return f"an error of {figure(seen, record['unit'])} would have been seen"
    factor = record["margin"].startswith("a factor")
    return f"a difference of {f'{shown(seen)} times' if factor else f'{100 * seen:.1f} points'} would have been seen"


def tested_by(record: Record) -> str:
    """Describe what was compared; a comparison or a ratio already names its experiments."""
    metric = str(record["metric"])
    return metric if record["kind"] in ("comparison", "ratio") else f"{record['experiment']}: {metric}"


def main_claims(name: str, records: Sequence[Record]) -> list[Entry]:
    """Select the figures claimed of an experiment: test accuracies if it has logs, else every figure.

    A figure that several documents print is one row.
    """
    figures = [record for record in records if record["experiment"] == name]
    logged = [record for record in figures if record["kind"] == "log"]
    mine = [record for record in logged if record["metric"].startswith("test_accuracy")]
    mine = mine if logged else [record for record in figures if record["kind"] == "number"]
    merged: dict[tuple[str, Any], Entry] = {}
    for record in mine:
        entry = merged.setdefault((record["metric"], record["claimed"]), {**row_of(record), "documents": []})
        entry["documents"].append(record["document"])
    return list(merged.values())


def spread(found: Interval) -> Entry:
    """Format mean and intervals."""
    return {
        "mean": shown(found.mean),
        "interval": bounds(found.low, found.high),
        "mean_interval": bounds(found.mean_low, found.mean_high),
    }


def confusion(runs: Sequence[Row]) -> tuple[list[list[int]], list[str]] | None:
    """Sum the confusion counts over the runs, and find the labels; None if no run has any."""
    tables = [run for run in runs if run.get("confusion")]
    if not tables:
        return None
    total = np.sum([run["confusion"] for run in tables], axis=0)
    return total.tolist(), tables[0].get("labels") or [str(place) for place in range(len(total))]


def corrected(rows: Sequence[Row]) -> list[Entry]:
    """Summarise the experiments of the corrected protocol: mean and interval per fold, and over the folds."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        elsewhere = row.get("board") or row.get("selects")
        if row["protocol"] == "corrected" and not elsewhere and row["metrics"].get(row["metric"]) is not None:
            groups[(row["experiment"], row["data"])].append(row)
    return [_corrected(name, data, runs) for (name, data), runs in groups.items()]


def _corrected(name: str, data: str, runs: list[Row]) -> Entry:
    metric = runs[0]["metric"]
    folds, over = by_fold(runs, metric), overall(runs, metric)
    scale = scale_of(metric)
    each = [
        {"fold": "–" if fold is None else fold, "runs": len(scores), **spread(one_run(scores, scale))}
        for fold, scores in folds.items()
    ]
    whole = {"folds": len(folds), "runs": len(runs), **(spread(over) if over else {})}
    return {"name": name, "data": data, "metric": metric, "folds": each, "overall": whole}


def leakage(audit: Mapping[str, Mapping[str, Entry]]) -> list[Entry]:
    """List the rows of the leakage audit, {view: {split: audit}}."""
    return [
        {**found, "view": view, "split": split, "share": f"{found['share']:.1%}"}
        for view, splits in audit.items()
        for split, found in splits.items()
    ]


def counts(claims: Sequence[Record]) -> list[tuple[str, int]]:
    """Count the claims with each verdict, in the order of `VERDICTS`; verdicts without claims are left out."""
    given = [claim["verdict"] for claim in claims]
    return [(name, given.count(name)) for name in VERDICTS if name in given]
