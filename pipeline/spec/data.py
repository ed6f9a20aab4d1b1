"""The data of one run: one store of sequences, and which of its rows are for training, validation and test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Kind = Literal["document", "other", "sample"]
ABSENT = -1  # marks a missing row: the last batch of an epoch may be smaller than the others


@dataclass(frozen=True)
class DatasetInfo:
    """Where the rows come from, and whether results on them can be compared with a document's figure.

    `kind` is `document` (its own data, or data generated in the same way), `other` (real, but another set) or `sample`.
    """

    label: str
    kind: Kind
    digest: str


@dataclass(frozen=True)
class Data:
    """What a run learns from.

    sequences: (rows, timesteps, features) float32, or (rows, timesteps) integer ids; padded at the end. With `offsets`
    (timesteps,) it is one long table (rows, features), and row r is table[r + offsets].
    lengths: (rows,) int32; without `masked` every row is whole, and the network takes no lengths.
    targets: (rows,) int32 classes; or float32 numbers, and then there are no labels.
    train: the rows of an epoch, (batches, batch), with ABSENT filling up a smaller last batch; validation: those
    measured after it, empty if the protocol measures none; test: measured after training; shown: the examples.
    """

    sequences: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray
    train: Callable[[int], np.ndarray]
    validation: Callable[[int], np.ndarray]
    test: np.ndarray
    shown: np.ndarray
    labels: list[str]
    names: Mapping[int, str] = field(default_factory=dict)  # for rows that have a name or a text
    masked: bool = True
    offsets: np.ndarray | None = None
    scale: float = 1.0  # the value of 1 in the unit of the targets
    fresh: bool = False  # every seed draws its own rows, so no two runs learn from the same ones
    fixed_test: bool = False  # every seed is measured on the same rows
    pool: int = 0  # rows that those of the training part are drawn from, where these are fewer

    @property
    def outputs(self) -> int:
        """Number of outputs: one for numbers and for two classes, else one per class."""
        return len(self.labels) if len(self.labels) > 2 else 1

    def capacity(self, batch: int) -> int:
        """Return the largest number of batches in an epoch of any run: one compilation serves every seed and fold."""
        return max(len(self.train(1)), len(self.lengths) // batch) if self.offsets is None else len(self.train(1))

    @property
    def overlap(self) -> float:
        """Size of the test part divided by that of the training part, or of the pool that this is drawn from.

        This is the weight that Nadeau and Bengio (2003) give to the rows that runs share, where every seed splits the
        same data. It is 0 where runs share none, and where all are measured on the same rows: then seeds differ by
        their training alone, and what is found is about these rows.
        """
        if self.fresh or self.fixed_test:
            return 0.0
        return len(self.test) / max(self.pool, int((self.train(1) != ABSENT).sum()))

    @property
    def timesteps(self) -> int:
        """Number of steps in a row."""
        return self.sequences.shape[1] if self.offsets is None else len(self.offsets)

    @property
    def symbols(self) -> bool:
        """Whether the steps are ids of symbols or words, not vectors."""
        return self.sequences.ndim == 2 and self.offsets is None


def batched(rows: np.ndarray, batch: int) -> np.ndarray:
    """Split rows into (batches, batch) int32, in order; ABSENT fills up the last batch."""
    batches = -(-len(rows) // batch)
    padded = np.full(batches * batch, ABSENT, np.int32)
    padded[: len(rows)] = rows
    return padded.reshape(batches, batch)


def fixed(rows: np.ndarray) -> Callable[[int], np.ndarray]:
    """Use the same rows for every epoch."""
    return lambda epoch: rows


def shuffled(rows: np.ndarray, batch: int, seed: int) -> Callable[[int], np.ndarray]:
    """Shuffle the rows anew for every epoch; the last batch may be smaller (as in Keras' fit)."""
    return lambda epoch: batched(np.random.default_rng([seed, epoch]).permutation(rows), batch)


def whole_batches(rows: np.ndarray, batch: int, seed: int) -> Callable[[int], np.ndarray]:
    """Shuffle the rows anew for every epoch, and leave out those that do not fill a last batch."""
    shape = len(rows) // batch, batch
    return lambda epoch: np.random.default_rng([seed, epoch]).permutation(rows)[: shape[0] * batch].reshape(shape)
