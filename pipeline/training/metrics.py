"""The figures of a set of rows, from what a network gave for them: of classes or of numbers."""

import numpy as np
from scipy.special import logsumexp

Figures = dict[str, float]


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


def measure(loss: str, outputs: np.ndarray, targets: np.ndarray) -> Figures:
    """Return the figures of rows: loss and accuracy of classes; loss, mse and mae of numbers."""
    if loss == "cross_entropy":
        return {"loss": cross_entropy(outputs, targets), "accuracy": accuracy(outputs, targets)}
    errors = outputs[:, 0].astype(np.float64) - targets
    figures = {"mse": float(np.square(errors).mean()), "mae": float(np.abs(errors).mean())}
    return {"loss": figures[loss], **figures}


def headline(loss: str) -> str:
    """Return the name of the figure that counts: accuracy of classes, the loss of numbers."""
    return "accuracy" if loss == "cross_entropy" else loss


def series(loss: str) -> tuple[str, ...]:
    """Return the names of the histories of a run."""
    return ("loss", "accuracy", "val_loss", "val_accuracy", "seconds") if loss == "cross_entropy" else _NUMBERS


_NUMBERS = ("loss", "val_loss", "seconds")


def confusion(labels: int, logits: np.ndarray, targets: np.ndarray) -> list[list[int]]:
    """Return how often each class (rows) was taken for each other (columns), of so many classes."""
    counts = np.zeros((labels, labels), int)
    classes = decide(logits)
    known = classes >= 0
    np.add.at(counts, (targets[known], classes[known]), 1)
    rows: list[list[int]] = counts.tolist()
    return rows
