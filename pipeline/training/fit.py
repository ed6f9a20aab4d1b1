"""One run from first weights to figures: epochs, validation as the protocol says, the test part at the marks.

What a run has come to is an `Outcome` and the state of its `Compiled`. Both make a checkpoint; `fit` goes on from it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from pipeline.experiments import Experiment
from pipeline.training.checkpoints import Checkpoint
from pipeline.training.data import Data
from pipeline.training.stopping import Best, remembered

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

Report = Callable[[int, dict[str, float]], None]
Keep = Callable[["Outcome"], None]
SERIES = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")


@dataclass
class Outcome:
    """What a run gave: a series a metric by epoch (None where not measured), final metrics, logits of the test part."""

    history: dict[str, list[float | None]] = field(default_factory=lambda: {name: [] for name in SERIES})
    metrics: dict[str, float] = field(default_factory=dict)
    best: Best = field(default_factory=Best)
    test: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    shown: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def epoch(self) -> int:
        """Return how many epochs are trained."""
        return len(self.history["loss"])

    @property
    def seconds(self) -> float:
        """Return how long they took."""
        return self.history["seconds"][-1] or 0.0 if self.epoch else 0.0

    def checkpoint(self, state: list[np.ndarray], run_id: str) -> Checkpoint:
        """Return what a run needs to go on from here; `run_id` is that of the tracker."""
        memory = {"history": self.history, "metrics": self.metrics, "best": self.best.memory(), "run_id": run_id}
        return Checkpoint(self.epoch, {"state": state, "best": self.best.state}, memory)


def outcome_of(checkpoint: Checkpoint) -> Outcome:
    """Return the outcome that a checkpoint was made of."""
    memory = checkpoint.memory
    best = remembered(memory["best"], checkpoint.arrays.get("best", []))
    return Outcome(memory["history"], memory["metrics"], best)


def decide(logits: np.ndarray) -> np.ndarray:
    """Return the class of each row, (rows,); -1 where the network gave no finite number, which is never right."""
    classes = (logits[:, 0] > 0).astype(int) if logits.shape[1] == 1 else logits.argmax(axis=1)
    return np.where(np.isfinite(logits).all(axis=1), classes, -1)


def accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of rows that are right."""
    return float((decide(logits) == targets).mean())


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean loss of rows in nats: sigmoid for one logit, else softmax."""
    table = np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits
    return float((logsumexp(table, axis=1) - table[np.arange(len(table)), targets]).mean())


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _measure_test(compiled: "Compiled", data: Data, outcome: Outcome, seconds: float, mark: str) -> None:
    start = time.perf_counter()
    outcome.test = compiled.predict(data.test)
    outcome.metrics[f"test_accuracy{mark}"] = accuracy(outcome.test, data.targets[data.test])
    outcome.metrics[f"test_seconds{mark}"] = time.perf_counter() - start
    outcome.metrics[f"train_seconds{mark}"] = seconds


def _epoch(compiled: "Compiled", data: Data, epoch: int, capacity: int) -> dict[str, float]:
    """Train one epoch and return its figures: the means of its batches, and of the validation if there is one."""
    losses, hits = compiled.train(data.train(epoch), capacity)
    figures = {"loss": float(losses.mean(dtype=np.float64)), "accuracy": float(hits.mean(dtype=np.float64))}
    rows = data.validation(epoch)
    if len(rows):
        logits, targets = compiled.predict(rows), data.targets[rows]
        figures |= {"val_loss": cross_entropy(logits, targets), "val_accuracy": accuracy(logits, targets)}
    return figures


def _train(
    compiled: "Compiled", experiment: Experiment, data: Data, capacity: int, outcome: Outcome
) -> dict[str, float]:
    """Train one epoch, add it to the outcome, and return its figures."""
    epoch, start = outcome.epoch + 1, time.perf_counter()
    figures = _epoch(compiled, data, epoch, capacity)
    figures["seconds"] = outcome.seconds + time.perf_counter() - start
    for name, series in outcome.history.items():
        series.append(_finite(figures.get(name, math.nan)))
    if experiment.patience and outcome.best.better(outcome.history["val_loss"][-1]):
        outcome.best = Best(epoch, figures["val_loss"], compiled.state())
    if epoch in experiment.marks and epoch < experiment.epochs:
        _measure_test(compiled, data, outcome, figures["seconds"], f"@{epoch}")
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
    """Train a run that has begun, or go on with one that stands at `outcome`, and return what it came to.

    `report` hears the figures of each epoch, and `keep` is asked after each to keep a checkpoint. The test part is
    measured at the marks and at the end, and no choice is made by it.
    """
    outcome = outcome or Outcome()
    compiled.warm_up(experiment.batch, capacity)  # so that seconds are of training and not of compiling
    while outcome.epoch < experiment.epochs and not outcome.best.exhausted(outcome.epoch, experiment.patience):
        figures = _train(compiled, experiment, data, capacity, outcome)
        report(outcome.epoch, figures)
        keep(outcome)
    if outcome.best.epoch:
        compiled.restore(outcome.best.state)
        outcome.metrics["best_epoch"] = outcome.best.epoch
    _measure_test(compiled, data, outcome, outcome.seconds, "")
    outcome.shown = compiled.predict(data.shown)
    return outcome


def confusion(data: Data, logits: np.ndarray) -> list[list[int]]:
    """Return how often each class (rows) was taken for each other (columns) in the test part."""
    counts: Any = np.zeros((len(data.labels), len(data.labels)), int)
    classes = decide(logits)
    known = classes >= 0
    np.add.at(counts, (data.targets[data.test][known], classes[known]), 1)
    return counts.tolist()
