"""The work to measure: the shapes of a training, and its data, weights and order, the same for every peer.

Imports only NumPy, because every peer imports it, even those without TensorFlow.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

CLASSES = 10
BATCHES = 20  # batches in the data; a longer training repeats them
LEARNING_RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Work:
    """One recurrent layer, its last h through a dense layer to 10 classes, trained with Adam on batches."""

    cell: Literal["lstm", "gru"]
    units: int
    timesteps: int
    features: int
    batch: int

    @property
    def name(self) -> str:
        """Timesteps x features x batch."""
        return f"{self.timesteps}x{self.features}x{self.batch}"


WORKS = [
    Work("lstm", 20, 10, 10, 10),
    Work("lstm", 20, 50, 10, 10),
    Work("lstm", 20, 200, 10, 10),
    Work("lstm", 20, 50, 10, 64),
    Work("lstm", 20, 50, 100, 10),
    Work("lstm", 20, 400, 100, 10),
    Work("gru", 32, 240, 14, 128),
]


@dataclass(frozen=True)
class Data:
    """The training data and the initial weights.

    `sequences`: (rows, timesteps, features) float32; `targets`: (rows,) int32, below 10; `order`: (steps, batch) int32
    rows. `weights`: kernel (features, gates * units), recurrent kernel (units, gates * units), bias, output kernel
    (units, 10), output bias (10,), float32. LSTM: gates i, f, c, o, bias (4 * units,); GRU: gates z, r, h, bias
    (2, 3 * units).
    """

    work: Work
    sequences: np.ndarray
    targets: np.ndarray
    order: np.ndarray
    weights: list[np.ndarray]

    def rows(self, first: int, steps: int) -> np.ndarray:
        """Return the rows of `steps` batches, starting at batch `first`, (steps, batch)."""
        return self.order[np.arange(first, first + steps) % len(self.order)]


def _bias(work: Work) -> np.ndarray:
    if work.cell == "gru":
        return np.zeros((2, 3 * work.units), np.float32)
    bias = np.zeros((4, work.units), np.float32)
    bias[1] = 1  # the forget gate starts open
    return bias.ravel()


def _weights(work: Work, random: np.random.Generator) -> list[np.ndarray]:
    """Draw the kernels from N(0, 1 / rows); the biases are 0, except that of the forget gate."""

    def kernel(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) / np.sqrt(rows)).astype(np.float32)

    gates = {"lstm": 4, "gru": 3}[work.cell] * work.units
    hidden = [kernel(work.features, gates), kernel(work.units, gates), _bias(work)]
    return [*hidden, kernel(work.units, CLASSES), np.zeros(CLASSES, np.float32)]


def data_of(work: Work) -> Data:
    """Draw the data of a work, the same in every process."""
    random = np.random.default_rng(0)
    rows = BATCHES * work.batch
    sequences = random.standard_normal((rows, work.timesteps, work.features), np.float32)
    targets = random.integers(0, CLASSES, rows).astype(np.int32)
    order = random.permutation(rows).astype(np.int32).reshape(BATCHES, work.batch)
    return Data(work, sequences, targets, order, _weights(work, random))
