"""What results.json says of a run."""

import hashlib
from typing import Any

import numpy as np

from pipeline.experiments import FAMILIES
from pipeline.training.data import Data
from pipeline.training.fit import Outcome, confusion
from pipeline.training.runs import Run


def weights_digest(weights: list[np.ndarray]) -> str:
    """Return the sha256 of weights: equal where every bit is."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in weights)).hexdigest()


def row_of(run: Run, data: Data, outcome: Outcome, weights: list[np.ndarray]) -> dict[str, Any]:
    """Return the row of reports/results.json, but for the id of its MLflow run."""
    experiment = run.experiment
    example = FAMILIES[experiment.family].example
    return {
        "run_key": run.key,
        "experiment": experiment.name,
        "family": experiment.family,
        "variant": experiment.variant,
        "protocol": experiment.protocol,
        "seed": run.seed,
        "fold": run.fold,
        "data": run.source.label,
        "data_kind": run.source.kind,
        "test_size": len(data.test),
        "epochs": outcome.epoch,
        "metrics": {name: round(value, 6) for name, value in outcome.metrics.items()},
        "history": outcome.history,
        "parameters": sum(array.size for array in weights),
        "weights_sha256": weights_digest(weights),
        "labels": data.labels,
        "confusion": confusion(data, outcome.test),
        "examples": [example(data, row, logits) for row, logits in zip(data.shown, outcome.shown, strict=True)],
    }
