"""NumPy in textbook style: cells, cross-entropy and Adam written by hand, all in float32."""

import numpy as np

from benchmarks.peers.textbook_cells import CELLS
from benchmarks.work import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Data


def loss_and_gradients(
    cell: str, weights: list[np.ndarray], sequences: np.ndarray, targets: np.ndarray
) -> tuple[float, list[np.ndarray]]:
    """Compute the mean cross-entropy of a batch, and its gradient with respect to each weight.

    `sequences`: (batch, timesteps, features); `targets`: (batch,) classes.
    """
    forward, backward = CELLS[cell]
    h, steps = forward(weights[:3], sequences)
    logits = h @ weights[3] + weights[4]
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = scores / scores.sum(axis=1, keepdims=True)
    hits = np.arange(len(targets)), targets
    loss = -np.log(chances[hits]).mean()
    chances[hits] -= 1
    d = chances / len(targets)
    return float(loss), [*backward(weights[:3], steps, d @ weights[3].T), h.T @ d, d.sum(axis=0)]


class Textbook:
    """Trains in a loop over the batches."""

    def prepare(self, data: Data) -> None:
        """Copy the weights, and set Adam's moments to 0; see Peer."""
        self._data = data
        self.weights = [weight.copy() for weight in data.weights]
        self._means = [np.zeros_like(weight) for weight in data.weights]
        self._squares = [np.zeros_like(weight) for weight in data.weights]
        self._count = 0

    def arrange(self, rows: np.ndarray) -> None:
        """Keep the rows; see Peer."""
        self._rows = rows

    def _update(self, gradients: list[np.ndarray]) -> None:
        """Update the weights by algorithm 1 of the Adam paper."""
        self._count += 1
        for weight, mean, square, gradient in zip(self.weights, self._means, self._squares, gradients, strict=True):
            mean += (1 - BETA_1) * (gradient - mean)
            square += (1 - BETA_2) * (gradient**2 - square)
            deviation = np.sqrt(square / (1 - BETA_2**self._count)) + EPSILON
            weight -= LEARNING_RATE * mean / (1 - BETA_1**self._count) / deviation

    def _step(self, rows: np.ndarray) -> float:
        data = self._data
        loss, gradients = loss_and_gradients(data.work.cell, self.weights, data.sequences[rows], data.targets[rows])
        self._update(gradients)
        return loss

    def train(self) -> float:
        """Train on the rows; see Peer."""
        return float(np.mean([self._step(rows) for rows in self._rows]))


def peer() -> Textbook:
    """Create the peer."""
    return Textbook()
