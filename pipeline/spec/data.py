"""The data of one run: one store of sequences, and which of its rows are trained on, validated on and tested on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Kind = Literal["document", "other", "sample"]
ABSENT = -1  # a row that is not there: the last batch of an epoch may be smaller than the others


@dataclass(frozen=True)
class DatasetInfo:
    """Where the rows come from, and whether a document's figure may be held against them.

    `kind` is `document` (its own data, or made the same way), `other` (real, but another set) or `sample`.
    """

    label: str
    kind: Kind
    digest: str


@dataclass(frozen=True)
class Data:
    """What a run learns from.

    sequences: (rows, timesteps, features) float32, or (rows, timesteps) integer ids; padded behind the end. With
    `offsets` (timesteps,) it is one long table (rows, features), and row r is table[r + offsets].
    lengths: (rows,) int32; without `masked` every row is whole, and the network takes no lengths.
    targets: (rows,) int32 classes; or float32 numbers, and then there are no labels. `train` gives the rows of an
    epoch, (batches, batch), where ABSENT fills a smaller last batch; `validation` those measured after it, empty where
    the protocol measures none. `test` is measured after training, `shown` are the examples.
    """

    sequences: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray
    train: Callable[[int], np.ndarray]
    validation: Callable[[int], np.ndarray]
    test: np.ndarray
    shown: np.ndarray
    labels: list[str]
    names: Mapping[int, str] = field(default_factory=dict)  # of rows that have a name or a text
    masked: bool = True
    offsets: np.ndarray | None = None
    scale: float = 1.0  # what 1 is in the unit of the targets
    fresh: bool = False  # every seed draws rows of its own, so no two runs learn from the same

    @property
    def outputs(self) -> int:
        """The number of outputs: one for a number and for a yes or no, else one a class."""
        return len(self.labels) if len(self.labels) > 2 else 1

    def capacity(self, batch: int) -> int:
        """Return the most batches that an epoch has: one compilation serves every seed and fold."""
        return max(len(self.train(1)), len(self.lengths) // batch) if self.offsets is None else len(self.train(1))

    @property
    def overlap(self) -> float:
        """The size of the test part by that of the training part, 0 where runs share no rows.

        It is the weight that Nadeau and Bengio (2003) give to the rows that runs share.
        """
        return 0.0 if self.fresh else len(self.test) / int((self.train(1) != ABSENT).sum())

    @property
    def timesteps(self) -> int:
        """The number of steps of a row."""
        return self.sequences.shape[1] if self.offsets is None else len(self.offsets)

    @property
    def symbols(self) -> bool:
        """Whether the steps are ids of symbols or words, and not vectors."""
        return self.sequences.ndim == 2 and self.offsets is None


def batched(rows: np.ndarray, batch: int) -> np.ndarray:
    """Return rows as (batches, batch) int32 in their order; ABSENT fills the last batch."""
    batches = -(-len(rows) // batch)
    padded = np.full(batches * batch, ABSENT, np.int32)
    padded[: len(rows)] = rows
    return padded.reshape(batches, batch)


def fixed(rows: np.ndarray) -> Callable[[int], np.ndarray]:
    """Return the same rows for every epoch."""
    return lambda epoch: rows


def shuffled(rows: np.ndarray, batch: int, seed: int) -> Callable[[int], np.ndarray]:
    """Return the rows of an epoch in an order of its own, the last batch as small as it comes (as Keras' fit does)."""
    return lambda epoch: batched(np.random.default_rng([seed, epoch]).permutation(rows), batch)
