"""The runs behind the numbers: what each is called in MLflow, where it comes from, and the command that repeats it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipeline.judging.measures import Row
from pipeline.report.tables import as_csv

Entry = dict[str, Any]
Cell = dict[str, str]
FILE = "runs.csv"  # every run in a line, with nothing shortened
FIELDS = {  # of a row and its provenance, with what the page calls them
    "experiment": "experiment",
    "seed": "seed",
    "fold": "test fold",
    "engine": "engine",
    "metric": "metric",
    "value": "value",
    "weights_sha256": "sha256 of the weights",
    "mlflow_run_id": "MLflow run",
    "run_key": "run key",
    "git_commit": "commit",
    "changed": "changed since",
    "data_digest": "sha256 of the data",
    "machine": "machine",
    "date": "begun",
}
_OF_A_CLAIM = ("experiment", "seed", "mlflow_run_id", "git_commit", "changed", "data_digest", "machine", "date")
_ALWAYS = ("seed", "value", "weights_sha256", "mlflow_run_id", "run_key")  # columns even where all runs agree
_HASHES = ("weights_sha256", "mlflow_run_id", "run_key", "git_commit", "data_digest")
_DIGITS = 12  # of a hash; the whole of it is the title of its cell


def anchor(run: Mapping[str, Any]) -> str:
    """Name the place of a run on the page."""
    return f"run-{run['run_key'][:24]}"


def flat(row: Row) -> Entry:
    """Join a row, its headline figure and its provenance in one mapping."""
    return row | (row.get("provenance") or {}) | {"value": row["metrics"].get(row["metric"])}


def cell(name: str, value: Any) -> Cell:
    """Format a cell: a hash and a time are shortened, and then the whole of it is the `title`."""
    text = "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    if name in _HASHES and value:
        digest, dash, more = text.partition("-")
        short = digest[:_DIGITS] + dash + more
    else:
        short = text[:16].replace("T", " ") if name == "date" and value else text
    return {"text": short, "title": text if short != text else "", "kind": "hash" if name in _HASHES else ""}


def table(runs: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> Entry:
    """Lay out runs: `shared` is what all agree in, as (name, value), the rest are columns. No column is empty."""
    given = [name for name in fields if any(run.get(name) is not None for run in runs)]
    alike = [name for name in given if name not in _ALWAYS and len({run.get(name) for run in runs}) == 1]
    columns = [name for name in given if name not in alike]
    return {
        "shared": [(FIELDS[name], str(runs[0][name])) for name in alike],
        "heads": [FIELDS[name] for name in columns],
        "rows": [{"anchor": anchor(run), "cells": [cell(name, run.get(name)) for name in columns]} for run in runs],
    }


def of_a_claim(runs: Sequence[Mapping[str, Any]]) -> Entry | None:
    """Lay out the runs that decide a claim; None without any."""
    return table(runs, _OF_A_CLAIM) if runs else None


def all_runs(rows: Sequence[Row], fetched: Collection[str]) -> list[Entry]:
    """Lay out the runs by experiment, with the command that makes them again. `fetched`: the experiments on originals.

    Those of the sweep are many, and are left out.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("run_key") and not row.get("board"):
            groups.setdefault(row["experiment"], []).append(row)
    fields = [name for name in FIELDS if name != "experiment"]
    return [
        {
            "name": name,
            "count": len(mine),
            "command": command(name, mine, name in fetched),
            **table([flat(row) for row in mine], fields),
        }
        for name, mine in groups.items()
    ]


def every_run(rows: Sequence[Row]) -> str:
    """List every run as CSV, those of the sweep too, with nothing shortened; what is not known is empty."""
    runs = [flat(row) for row in rows if row.get("run_key")]
    names = [name for name in FIELDS if name != "engine" or any(run.get(name) for run in runs)]
    return as_csv([{name: run.get(name) for name in names} for run in runs], names)


def command(name: str, rows: Sequence[Row], fetched: bool) -> str:
    """Format the command that trains an experiment on as many seeds again."""
    seeds = max(row["seed"] for row in rows) + 1
    originals = fetched and rows[0]["data_kind"] != "sample"
    more = f" -S 'run.originals=[{rows[0]['family']}]'" if originals else ""
    return f"dvc exp run -S 'run.experiments=[{name}]' -S run.seeds={seeds}{more}"
