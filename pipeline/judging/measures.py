"""What the runs say about a claim: which runs count, and the value of a metric in each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.judging.printed import Term, parse_metric

Row = dict[str, Any]
KINDS = ("document", "other", "sample")  # kinds of data, from the strongest evidence to none
_NEEDED = ("experiment", "protocol", "seed", "data", "data_kind", "epochs", "metrics")


@dataclass(frozen=True)
class Runs:
    """The runs for a claim, by experiment; `kind`: that of the weakest data, or `none` if an experiment has no runs."""

    kind: str
    by_experiment: dict[str, list[Row]]

    def data(self, experiment: str) -> str:
        """Name the data that the runs of an experiment had; empty without runs."""
        return next((run["data"] for run in self.by_experiment.get(experiment, ())), "")

    @property
    def all(self) -> list[Row]:
        """All runs of all experiments."""
        return [run for runs in self.by_experiment.values() for run in runs]


def read_list(path: Path, of: str) -> list[dict[str, Any]]:
    """Read a list from reports/. Raises UserError, naming the file and the remedy, if it is missing or not a list."""
    try:
        entries = read_json(path)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; `make reproduce` makes it") from None
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); remove it and run `make reproduce`") from None
    if not isinstance(entries, list):
        raise UserError(f"{path}: expected a list of {of}; remove it and run `make reproduce`")
    return entries


def read_results(path: Path) -> list[Row]:
    """Read reports/results.json. Raises UserError if it is missing or not a list of runs."""
    rows = read_list(path, "runs")
    for place, row in enumerate(rows):
        lost = [key for key in _NEEDED if not isinstance(row, dict) or key not in row]
        if lost:
            raise UserError(f"{path}: run {place} has no `{lost[0]}`; remove the file and run `make reproduce`")
        if row["data_kind"] not in KINDS:
            raise UserError(f"{path}: run {place} has the data_kind '{row['data_kind']}'; known: {', '.join(KINDS)}")
    return rows


def counting_runs(rows: Iterable[Row], experiment: str, protocol: str = "as_written") -> list[Row]:
    """Select the runs that count for an experiment: of one protocol, on the best data set there is, one per seed."""
    mine = [row for row in rows if row["experiment"] == experiment and row["protocol"] == protocol]
    if not mine:
        return []
    kind = min((row["data_kind"] for row in mine), key=KINDS.index)
    mine = [row for row in mine if row["data_kind"] == kind]
    mine = [row for row in mine if row["data"] == mine[-1]["data"]]
    return list({row["seed"]: row for row in mine}.values())


def gather(rows: list[Row], experiments: list[str], protocol: str = "as_written") -> Runs:
    """Collect the runs for a claim about these experiments."""
    runs = {experiment: counting_runs(rows, experiment, protocol) for experiment in experiments}
    if not all(runs.values()) or not runs:
        return Runs("none", runs)
    return Runs(max((run["data_kind"] for mine in runs.values() for run in mine), key=KINDS.index), runs)


def measure(row: Row, metric: str, epochs: int | None = None) -> float | None:
    """Read a metric of a run; None if it was not measured.

    `epochs` is how long the document trained: a metric that names no epoch is taken after that many.
    """
    parsed = parse_metric(metric)
    if metric.startswith("probability of "):
        return _number(_example(row, metric.removeprefix("probability of "), "probability"))
    end = parsed.end or epochs or row["epochs"]
    value = _after(row, parsed.name, end)
    if parsed.start is None or value is None:
        return value
    before = _after(row, parsed.name, parsed.start) if parsed.start else 0.0
    return None if before is None else value - before


def timed(row: Row) -> bool:
    """Tell whether the run had a core for itself; one of a stack has a share of what its host did beside a GPU."""
    return row.get("engine") != "jax"  # `spec.run.JAX`, without the rooms that it leads to


def _after(row: Row, name: str, epoch: int) -> float | None:
    """Read a metric after `epoch` epochs: from the history, from `name@epoch`, or from the end of the run."""
    if name.endswith("cpu_seconds") and not timed(row):
        return None
    series = row.get("history", {}).get(name)
    if series:  # a baseline is not trained: its history is empty, and only its final metrics count
        return _number(series[epoch - 1]) if epoch <= len(series) else None
    metrics: Mapping[str, Any] = row["metrics"]
    if f"{name}@{epoch}" in metrics:
        return _number(metrics[f"{name}@{epoch}"])
    if epoch != row["epochs"]:
        return None
    if name == "examples_correct" and row.get("examples"):
        return float(sum(shown["truth"] == shown["estimate"] for shown in row["examples"]))
    return _number(metrics.get(name))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _example(row: Row, text: str, key: str) -> Any:
    return next((shown.get(key) for shown in row.get("examples") or [] if _shown_text(shown) == text), None)


def _shown_text(shown: Row) -> str:
    """Return the text of an example up to the first colon; label and estimate follow it."""
    return str(shown.get("text", "")).partition(": ")[0]


def fact(row: Row, metric: str) -> str | None:
    """Read a structural fact of a run as text: `parameters`, `text of example N`, `truth of TEXT`, or a fact that its
    family measures, by name.

    Only seed 0 follows the document's random stream, so only it can show the same texts.
    """
    if metric.startswith("truth of "):
        value = _example(row, metric.removeprefix("truth of "), "truth")
    elif metric.startswith("text of example "):
        place = int(metric.removeprefix("text of example ")) - 1
        shown = (row.get("examples") or []) if row["seed"] == 0 else []
        value = _shown_text(shown[place]) if place < len(shown) else None
    else:
        value = (row.get("facts") or {}).get(metric, row.get(metric))
    return None if value is None else str(value)


def values(runs: Iterable[Row], metric: str, epochs: int | None = None) -> dict[int, float]:
    """Read a metric by seed, for the seeds that have it."""
    found = {row["seed"]: measure(row, metric, epochs) for row in runs}
    return {seed: value for seed, value in found.items() if value is not None}


def term_values(term: Term, runs: Runs, epochs: Mapping[str, int]) -> dict[int, float] | None:
    """Compute a term by seed, for the seeds that have all its pieces; None for a constant, which needs no seed."""
    if not term.pieces:
        return None
    each = [
        values(runs.by_experiment[piece.experiment], piece.metric, epochs.get(piece.experiment))
        for piece in term.pieces
    ]
    seeds = [seed for seed in each[0] if all(seed in one for one in each)]
    return {seed: sum(piece.sign * one[seed] for piece, one in zip(term.pieces, each, strict=True)) for seed in seeds}
