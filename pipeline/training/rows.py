"""What results.json says of a run."""

import hashlib
import math
from typing import Any

import numpy as np

from pipeline.experiments import FAMILIES
from pipeline.running.plan import Run
from pipeline.spec.data import Data
from pipeline.training.ensembles import outputs_of
from pipeline.training.extras import Further
from pipeline.training.fit import Outcome
from pipeline.training.metrics import confusion, headline

_PAIRS = 300  # of truth and estimate, for a picture


def weights_digest(weights: list[np.ndarray]) -> str:
    """Return the sha256 of weights: equal where every bit is."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in weights)).hexdigest()


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _pairs(data: Data, outputs: np.ndarray) -> list[list[float | None]]:
    """Return [target, estimate] of rows spread evenly over the test part."""
    places = np.unique(np.linspace(0, len(data.test) - 1, min(_PAIRS, len(data.test))).astype(int))
    return [[_finite(float(data.targets[data.test[i]])), _finite(float(outputs[i, 0]))] for i in places]


def row_of(
    run: Run, data: Data, outcome: Outcome, weights: list[np.ndarray], more: Further | None = None
) -> dict[str, Any]:
    """Return the row of reports/results.json, but for the id of its MLflow run. Metrics that are not finite are None.

    `weights` are those that training changes. Classes have `labels` and `confusion`, numbers have `pairs`.
    """
    experiment, targets = run.experiment, data.targets[data.test]
    example = FAMILIES[experiment.family].example
    return {
        "run_key": run.key,
        "experiment": experiment.name,
        "family": experiment.family,
        "variant": experiment.variant,
        "board": experiment.board,
        "entry": experiment.entry,
        "baseline": experiment.baseline,
        "chooses": experiment.chooses,
        "protocol": experiment.protocol,
        "seed": run.seed,
        "fold": run.fold,
        "data": run.source.label,
        "data_kind": run.source.kind,
        "test_size": len(data.test),
        "overlap": data.overlap,
        "epochs": outcome.epoch,
        "batch": experiment.batch,
        "metric": f"test_{headline(experiment.loss)}",
        "metrics": {name: _finite(value) for name, value in outcome.metrics.items()},
        "facts": more.facts if more else {},
        "curves": {name: [_finite(value) for value in curve] for name, curve in more.curves.items()} if more else {},
        "history": outcome.history,
        "outputs": outputs_of(experiment.average, outcome.test, targets) if experiment.average else None,
        "parameters": sum(array.size for array in weights),
        "weights_sha256": weights_digest(weights),
        "labels": data.labels,
        "confusion": confusion(len(data.labels), outcome.test, targets) if data.labels else None,
        "pairs": None if data.labels else _pairs(data, outcome.test),
        "examples": [example(data, row, logits) for row, logits in zip(data.shown, outcome.shown, strict=True)],
    }
