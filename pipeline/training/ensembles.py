"""Ensembles: averaged probabilities of several runs, of one experiment or more.

Hansen and Salamon 1990, "Neural network ensembles".
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import softmax

from pipeline.base.files import digest_of
from pipeline.spec.run import JAX, TENSORFLOW
from pipeline.training.metrics import confusion, measure

Row = dict[str, Any]
_DIGITS = 5  # of the probabilities in results.json
_NEVER = 1e-9  # a probability of 0 would give an infinite loss


def probabilities_of(logits: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Convert logits to what an ensemble needs of a run: probabilities (rows, classes) and true classes (rows,)."""
    return {"probabilities": softmax(logits, axis=1).round(_DIGITS).tolist(), "truths": targets.tolist()}


def _ensemble(members: Sequence[Row]) -> Row:
    """Build the row of an ensemble of runs that were measured on the same rows."""
    first, targets = members[0], np.array(members[0]["outputs"]["truths"])
    mean = np.mean([row["outputs"]["probabilities"] for row in members], axis=0)
    logits = np.log(np.maximum(mean, _NEVER))
    figures = {f"test_{name}": value for name, value in measure("cross_entropy", logits, targets).items()}
    spent = {name: sum(row["metrics"][name] for row in members) for name in ("train_seconds", "train_cpu_seconds")}
    return {
        **first,
        "run_key": digest_of([row["run_key"] for row in members]),
        "experiment": first["ensemble"],
        "entry": first["entry"] and f"{first['ensemble']}, {len(members)} runs",
        "seed": min(row["seed"] for row in members),
        "epochs": 0,
        "engine": JAX if any(row.get("engine") == JAX for row in members) else first.get("engine", TENSORFLOW),
        "weights_sha256": digest_of([row["weights_sha256"] for row in members]),
        "metrics": figures | spent,
        "history": {name: [] for name in first["history"]},
        "parameters": sum(row["parameters"] for row in members),
        "confusion": confusion(len(first["labels"]), logits, targets),
        "examples": [],
    }


def ensembles(rows: Sequence[Row]) -> list[Row]:
    """Build one row for each ensemble, fold and measured part that has two or more members among the rows."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row.get("ensemble") and row.get("outputs"):
            measured = tuple(row["outputs"]["truths"])  # parts that are measured separately have other truths
            groups.setdefault((row["ensemble"], row["data"], row["fold"], measured), []).append(row)
    return [_ensemble(members) for members in groups.values() if len(members) > 1]


def without_outputs(row: Row) -> Row:
    """Remove from a row what only an ensemble needs."""
    return {name: value for name, value in row.items() if name != "outputs"}
