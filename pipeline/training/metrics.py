"""Metrics of a set of rows, of classes or of numbers, from a network's outputs."""

import numpy as np
from scipy.special import log_softmax

Figures = dict[str, float]


def decide(logits: np.ndarray) -> np.ndarray:
    """Choose the class of each row, (rows,); -1 where the outputs are not finite, which is never right."""
    classes = (logits[:, 0] > 0).astype(int) if logits.shape[1] == 1 else logits.argmax(axis=1)
    return np.where(np.isfinite(logits).all(axis=1), classes, -1)


def accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Compute the share of rows that are right."""
    return float((decide(logits) == targets).mean())


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Compute the mean loss of the rows in nats: sigmoid for one logit, else softmax."""
    table = np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits
    with np.errstate(invalid="ignore"):  # outputs of a network that has diverged
        logs = log_softmax(table, axis=1)[np.arange(len(table)), targets]
    return float(0 - logs.mean())  # and never -0.0


def measure(loss: str, outputs: np.ndarray, targets: np.ndarray) -> Figures:
    """Compute the metrics of the rows: loss and accuracy for classes; loss, mse and mae for numbers."""
    if loss == "cross_entropy":
        return {"loss": cross_entropy(outputs, targets), "accuracy": accuracy(outputs, targets)}
    errors = outputs[:, 0].astype(np.float64) - targets
    figures = {"mse": float(np.square(errors).mean()), "mae": float(np.abs(errors).mean())}
    return {"loss": figures[loss], **figures}


def headline(loss: str) -> str:
    """Name the metric that counts: accuracy for classes, the loss for numbers."""
    return "accuracy" if loss == "cross_entropy" else loss


def series(loss: str) -> tuple[str, ...]:
    """Name the metrics in the history of a run."""
    return ("loss", "accuracy", "val_loss", "val_accuracy", *_TIMES) if loss == "cross_entropy" else _NUMBERS


_TIMES = ("seconds", "cpu_seconds")
_NUMBERS = ("loss", "val_loss", *_TIMES)


def confusion(labels: int, logits: np.ndarray, targets: np.ndarray) -> list[list[int]]:
    """Count how often each of `labels` classes (rows) was taken for each other (columns)."""
    counts = np.zeros((labels, labels), int)
    classes = decide(logits)
    known = classes >= 0
    np.add.at(counts, (targets[known], classes[known]), 1)
    rows: list[list[int]] = counts.tolist()
    return rows
