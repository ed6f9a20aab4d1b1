"""Our compiled epoch, made as a training worker makes it. Compiled's signatures are known here alone."""

from typing import Any

import numpy as np

from benchmarks.work import CLASSES, EPSILON, LEARNING_RATE, Data
from pipeline.training.start import start_tensorflow

CAPACITY = 4096  # batches an epoch that one compilation serves


class Ours:
    """`Compiled` around our model; all sequences have their full length."""

    def prepare(self, data: Data) -> None:
        """Make and compile it anew; see Peer."""
        from pipeline.networks.model import make_model
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import TextbookAdam

        work = data.work
        model = make_model(work.cell, work.units, work.timesteps, work.features, False, CLASSES, 0)
        self._compiled: Any = Compiled(model, TextbookAdam(LEARNING_RATE, epsilon=EPSILON))
        lengths = np.full(len(data.targets), work.timesteps, np.int32)
        model.set_weights(data.weights)
        self._compiled.begin(model, (data.sequences, lengths, data.targets))

    def arrange(self, rows: np.ndarray) -> None:
        """Keep the rows; see Peer."""
        self._rows = rows

    def train(self) -> float:
        """Train an epoch; see Peer."""
        losses, _ = self._compiled.train(self._rows, max(len(self._rows), CAPACITY))
        return float(losses.mean(dtype=np.float64))


def peer() -> Ours:
    """Start TensorFlow as a worker does, and return the peer."""
    start_tensorflow()
    return Ours()
