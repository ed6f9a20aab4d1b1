"""One run from initial weights to metrics: epochs, validation as the protocol says, the test part when it is due.

The progress of a run is an `Outcome` and the state of its `Compiled`. Both go into a checkpoint, from which `fit` can
resume.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.spec.data import ABSENT, Data
from pipeline.spec.experiment import Experiment
from pipeline.training.checkpoints import Checkpoint
from pipeline.training.early_stopping import Best, remembered
from pipeline.training.metrics import measure, series

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

Report = Callable[[int, dict[str, float]], None]
Keep = Callable[["Outcome"], None]


@dataclass
class Outcome:
    """The result of a run: a series per metric by epoch (None where not measured), metrics, test outputs."""

    history: dict[str, list[float | None]]
    metrics: dict[str, float] = field(default_factory=dict)
    best: Best = field(default_factory=Best)
    test: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    shown: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def epoch(self) -> int:
        """Number of trained epochs."""
        return len(self.history["loss"])

    @property
    def seconds(self) -> float:
        """Seconds they took."""
        return self.history["seconds"][-1] or 0.0 if self.epoch else 0.0

    def checkpoint(self, state: list[np.ndarray], run_id: str) -> Checkpoint:
        """Make a checkpoint to resume from; `run_id` is that of the tracker."""
        memory = {"history": self.history, "metrics": self.metrics, "best": self.best.memory(), "run_id": run_id}
        return Checkpoint(self.epoch, {"state": state, "best": self.best.state}, memory)


def outcome_of(checkpoint: Checkpoint) -> Outcome:
    """Restore the outcome from a checkpoint."""
    memory = checkpoint.memory
    best = remembered(memory["best"], checkpoint.arrays.get("best", []))
    return Outcome(memory["history"], memory["metrics"], best)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def new_outcome(experiment: Experiment) -> Outcome:
    """Make the outcome of a run that has not trained yet."""
    return Outcome({name: [] for name in series(experiment.loss)}, {"train_cpu_seconds": 0.0})


def unfinished(outcome: Outcome, experiment: Experiment) -> bool:
    """Check whether a run has epochs left, and has not stopped early."""
    return outcome.epoch < experiment.epochs and not outcome.best.exhausted(outcome.epoch, experiment.patience)


def due(outcome: Outcome, experiment: Experiment) -> bool:
    """Check whether the test part is measured after the epoch that has just ended."""
    return outcome.epoch in experiment.eval_epochs and outcome.epoch < experiment.epochs


def _mean(of_batches: np.ndarray, rows: np.ndarray) -> float:
    """Average over the rows of an epoch, so that a smaller last batch weighs less."""
    return float(np.average(of_batches.astype(np.float64), weights=(rows != ABSENT).sum(axis=1)))


def trained_figures(losses: np.ndarray, hits: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    """Average loss and accuracy over the batches of an epoch."""
    return {"loss": _mean(losses, rows), "accuracy": _mean(hits, rows)}


def validation_figures(experiment: Experiment, data: Data, rows: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """Compute the metrics of the validation part from its outputs; none if there is no such part."""
    measured = measure(experiment.loss, outputs, data.targets[rows]) if len(rows) else {}
    return {f"val_{name}": value for name, value in measured.items()}


def record_epoch(
    outcome: Outcome,
    experiment: Experiment,
    figures: dict[str, float],
    seconds: float,
    cpu_seconds: float,
    state: Callable[[], list[np.ndarray]],
) -> dict[str, float]:
    """Add an epoch to the outcome and return its metrics; `state` is asked for if it is the best one so far."""
    outcome.metrics["train_cpu_seconds"] += cpu_seconds
    figures |= {"seconds": outcome.seconds + seconds, "cpu_seconds": outcome.metrics["train_cpu_seconds"]}
    figures = {name: figures[name] for name in outcome.history if name in figures}
    for name, values in outcome.history.items():
        values.append(_finite(figures.get(name, math.nan)))
    if experiment.patience and outcome.best.better(outcome.history["val_loss"][-1]):
        outcome.best = Best(outcome.epoch, figures["val_loss"], state())
    return figures


def record_test(
    outcome: Outcome, experiment: Experiment, data: Data, outputs: np.ndarray, seconds: float, mark: str = ""
) -> None:
    """Add the metrics of the test part, measured in so many seconds, to the outcome; `mark` ends their names."""
    outcome.test = outputs
    figures = measure(experiment.loss, outputs, data.targets[data.test]) | {"seconds": seconds}
    outcome.metrics |= {f"test_{name}{mark}": value for name, value in figures.items()}
    outcome.metrics[f"train_seconds{mark}"] = outcome.seconds


def _measure_test(compiled: "Compiled", experiment: Experiment, data: Data, outcome: Outcome, mark: str = "") -> None:
    start = time.perf_counter()
    outputs = compiled.predict(data.test)
    record_test(outcome, experiment, data, outputs, time.perf_counter() - start, mark)


def _train_epoch(
    compiled: "Compiled", experiment: Experiment, data: Data, capacity: int, outcome: Outcome
) -> dict[str, float]:
    """Train one epoch, add it to the outcome, and return its metrics."""
    epoch, start, cpu = outcome.epoch + 1, time.perf_counter(), time.process_time()
    rows, shown = data.train(epoch), data.validation(epoch)
    figures = trained_figures(*compiled.train_epoch(rows, capacity), rows)
    figures |= validation_figures(experiment, data, shown, compiled.predict(shown))
    seconds = time.perf_counter() - start, time.process_time() - cpu
    figures = record_epoch(outcome, experiment, figures, *seconds, compiled.state)
    if due(outcome, experiment):
        _measure_test(compiled, experiment, data, outcome, f"@{epoch}")
    return figures


def fit(
    compiled: "Compiled",
    experiment: Experiment,
    data: Data,
    capacity: int,
    report: Report,
    outcome: Outcome | None = None,
    keep: Keep = lambda outcome: None,
) -> Outcome:
    """Train a run that has begun, or resume one at `outcome`, and return its outcome.

    `report` is called with the metrics of each epoch, and `keep` after each, to write a checkpoint. The test part is
    measured at `eval_epochs` and at the end, and decides nothing.
    """
    outcome = outcome or new_outcome(experiment)
    compiled.warm_up(experiment.batch, capacity)  # so that seconds exclude compiling
    while unfinished(outcome, experiment):
        figures = _train_epoch(compiled, experiment, data, capacity, outcome)
        report(outcome.epoch, figures)
        keep(outcome)
    if outcome.best.epoch:
        compiled.restore(outcome.best.state)
        outcome.metrics["best_epoch"] = outcome.best.epoch
    compiled.settle()
    _measure_test(compiled, experiment, data, outcome)
    outcome.shown = compiled.predict(data.shown)
    return outcome
