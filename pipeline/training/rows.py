"""The row of a run in results.json: the results of training, and the labels of its entry in params.yaml."""

import hashlib
import math
from typing import Any

import numpy as np

from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import Run
from pipeline.training.ensembles import probabilities_of
from pipeline.training.extras import Extras
from pipeline.training.fit import Outcome
from pipeline.training.metrics import confusion, headline

Row = dict[str, Any]
_PAIRS = 300  # of truth and estimate, for a chart


def weights_digest(weights: list[np.ndarray]) -> str:
    """Compute the sha256 of weights; equal only if every bit is."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in weights)).hexdigest()


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _pairs(data: Data, outputs: np.ndarray) -> list[list[float | None]]:
    """List [target, estimate] of rows spread evenly over the test part."""
    places = np.unique(np.linspace(0, len(data.test) - 1, min(_PAIRS, len(data.test))).astype(int))
    return [[_finite(float(data.targets[data.test[i]])), _finite(float(outputs[i, 0]))] for i in places]


def labelled(row: Row, experiment: Experiment) -> Row:
    """Update a row with the current labels of its entry, which are not part of a run's key."""
    labels = experiment.labels
    names = {"experiment": experiment.name, "board": labels.board, "entry": labels.entry, "ensemble": labels.ensemble}
    return row | names


def _described(run: Run, data: Data) -> Row:
    experiment = run.experiment
    return {
        "run_key": run.key,
        "family": experiment.family,
        "variant": experiment.variant,
        "baseline": experiment.baseline,
        "selects": experiment.selects,
        "protocol": experiment.protocol,
        "seed": run.seed,
        "fold": run.fold,
        "data": run.dataset.label,
        "data_kind": run.dataset.kind,
        "test_size": len(data.test),
        "overlap": data.overlap,
        "batch": experiment.batch,
        "metric": f"test_{headline(experiment.loss)}",
        "labels": data.labels,
    }


def row_of(
    run: Run,
    data: Data,
    outcome: Outcome,
    weights: list[np.ndarray],
    examples: list[dict[str, Any]],
    extras: Extras,
    probabilities: bool,
) -> Row:
    """Build the row for reports/results.json, without the id of its MLflow run. Metrics that are not finite are None.

    `weights` are the trainable ones. Classes have `labels` and `confusion`, numbers have `pairs`; `probabilities` tells
    whether to keep those of the test part.
    """
    targets = data.targets[data.test]
    result = {
        "epochs": outcome.epoch,
        "metrics": {name: _finite(value) for name, value in (outcome.metrics | extras.metrics).items()},
        "facts": extras.facts,
        "curves": {name: [_finite(value) for value in curve] for name, curve in extras.curves.items()},
        "history": outcome.history,
        "outputs": probabilities_of(outcome.test, targets) if probabilities else None,
        "parameters": sum(array.size for array in weights),
        "weights_sha256": weights_digest(weights),
        "confusion": confusion(len(data.labels), outcome.test, targets) if data.labels else None,
        "pairs": None if data.labels else _pairs(data, outcome.test),
        "examples": examples,
    }
    return labelled(_described(run, data) | result, run.experiment)
