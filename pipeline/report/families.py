"""Content of the page of a family: its claims, its experiments as they ran, and those that were not run."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from inspect import getdoc, getmodule
from typing import Any

import numpy as np

from pipeline.experiments.family import Family
from pipeline.experiments.registry import FAMILIES
from pipeline.judging.measures import Row, counting_runs
from pipeline.judging.verdicts import shown
from pipeline.report.folds import overall
from pipeline.report.ogg import steady
from pipeline.report.sections import Entry, Record, counts, main_claims, row_of, spread
from pipeline.spec.experiment import Experiment

_PROTOCOLS = {"as_written": "as written", "corrected": "corrected"}
_PRINTED_AGAIN = 60  # letters: a fact that is as short is printed for each experiment
_NOTES = re.compile(r"\s\(protocols[^)]*\)|[;,]\sprotocols[^)]*(?=\))")
_COMMAND = re.compile(r"^Command: .*$", re.MULTILINE)
_SHOWN_ONCE = ("seconds", "best_epoch")


def families(rows: Sequence[Row], records: Sequence[Record], experiments: Mapping[str, Experiment]) -> list[Entry]:
    """Summarise every family that has experiments, for the pages."""
    names = dict.fromkeys(experiment.family for experiment in experiments.values())
    return [family(name, rows, records, experiments) for name in FAMILIES if name in names]


def family(name: str, rows: Sequence[Row], records: Sequence[Record], experiments: Mapping[str, Experiment]) -> Entry:
    """Summarise one family for its page."""
    mine = {key: one for key, one in experiments.items() if one.family == name}
    runs = [row for row in rows if row["experiment"] in mine]
    claims = [record for record in records if set(str(record["experiment"]).split(", ")) & set(mine)]
    ran = list(dict.fromkeys(row["experiment"] for row in runs))
    undone = [key for key in mine if key not in ran]
    fetched = any(mine[key].needs_original for key in undone)
    return {
        "name": name,
        "title": FAMILIES[name].title,
        "about": about(FAMILIES[name]),
        "deviations": FAMILIES[name].deviations,
        "known": len(mine),
        "ran": len(ran),
        "runs": len(runs),
        "counts": counts(claims),
        "claims": [row_of(record) for record in claims if record["kind"] != "log"],
        "logged": sum(record["kind"] == "log" for record in claims),
        "experiments": once([experiment(key, shown_runs(rows, key, mine[key].protocol), records) for key in ran]),
        "undone": undone,
        "all": list(mine),
        "on_originals": [key for key in mine if mine[key].needs_original],
        "command": f"`make reproduce ALL=1{' ORIGINALS=1' if fetched else ''}` runs them",
    }


def once(experiments: list[Entry]) -> list[Entry]:
    """Name, for each long fact that an earlier experiment has too, that experiment instead of printing it again."""
    seen: dict[tuple[str, str], str] = {}
    for entry in experiments:
        entry["facts"] = [
            (name, text, seen.get((name, str(text)), "") if len(str(text)) > _PRINTED_AGAIN else "")
            for name, text in entry["facts"]
        ]
        for name, text, _ in entry["facts"]:
            seen.setdefault((name, str(text)), entry["name"])
    return experiments


def about(family: Family[Any]) -> list[str]:
    """Split the docstring of a family's module into paragraphs.

    References to the notes that the code was written from, and the line `Command:`, are left out: the notes are not in
    the repository, and the page computes its command.
    """
    head = _COMMAND.sub("", _NOTES.sub("", getdoc(getmodule(type(family))) or ""))
    return [found for paragraph in head.split("\n\n") if (found := " ".join(paragraph.split()))]


def shown_runs(rows: Sequence[Row], name: str, protocol: str) -> list[Row]:
    """Select the runs that an experiment's charts show: as written one per seed, corrected all folds."""
    if protocol == "as_written":
        return counting_runs(rows, name)
    mine = [row for row in rows if row["experiment"] == name]
    return [row for row in mine if row["data"] == mine[-1]["data"]]


def experiment(name: str, runs: Sequence[Row], records: Sequence[Record]) -> Entry:
    """Summarise one experiment for the page."""
    first = min(runs, key=lambda run: run["seed"])
    metric = first["metric"]
    found = overall(runs, metric)
    return {
        "name": name,
        "protocol": _PROTOCOLS[first["protocol"]],
        "data": first["data"],
        "sample": first["data_kind"] == "sample",
        "epochs": first["epochs"],
        "parameters": first.get("parameters"),
        "seeds": len(runs),
        "metric": metric,
        "ours": spread(found) if found else None,
        "claims": main_claims(name, records),
        "further": further(runs, metric),
        "examples": (first.get("examples") or [])[:10],
        "example_seed": first["seed"],
        "facts": list((first.get("facts") or {}).items()),
        "sounds": sounds(first),
    }


def sounds(row: Row) -> list[tuple[str, str]]:
    """List the sounds of a run as (name, data URL); empty if its family has none."""
    found = FAMILIES[row["family"]].audio(row.get("facts") or {})
    return [(name, f"data:audio/ogg;base64,{b64encode(steady(sound)).decode()}") for name, sound in found.items()]


def further(runs: Sequence[Row], metric: str) -> list[Entry]:
    """Compute the means of a family's other metrics, without times, `best_epoch` and metrics of other epochs."""
    names = [name for name in runs[0]["metrics"] if name != metric and "@" not in name]
    found = {name: [run["metrics"].get(name) for run in runs] for name in names if not name.endswith(_SHOWN_ONCE)}
    return [
        {"name": name, "mean": shown(float(np.mean(values)))} for name, values in found.items() if None not in values
    ]
