"""Our compiled epoch, built as in a training worker. Only this module depends on the signatures of `Compiled`."""

from typing import Any

import numpy as np

from benchmarks.work import CLASSES, EPSILON, LEARNING_RATE, Data, Work
from pipeline.networks.runtime import start_tensorflow
from pipeline.spec.data import Data as TrainingData
from pipeline.spec.data import fixed
from pipeline.spec.experiment import Experiment

CAPACITY = 4096  # the most batches per epoch that one compilation serves


def experiment_of(work: Work) -> Experiment:
    """Build the experiment that matches a work."""
    return Experiment(name=work.name, family="", document="", variant=work.cell, units=work.units, epochs=1)


def learned_from(data: Data) -> TrainingData:
    """Convert the data of a work for a training, with the length of each row, as for recordings."""
    rows, whole = np.arange(len(data.targets)), np.full(len(data.targets), data.work.timesteps, np.int32)
    labels = [str(label) for label in range(CLASSES)]
    every = fixed(data.order)
    return TrainingData(data.sequences, whole, data.targets, every, fixed(rows[:0]), rows, rows[:0], labels)


class Ours:
    """Trains with `Compiled`; all sequences have their full length."""

    def prepare(self, data: Data) -> None:
        """Build and compile the model again; see Peer."""
        from pipeline.networks.build import build
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import TextbookAdam
        from pipeline.training.setup import Setup

        ours = learned_from(data)
        model = build(experiment_of(data.work), ours, data.work.features, None, 0)
        self._compiled: Any = Compiled(Setup(model, TextbookAdam(LEARNING_RATE, epsilon=EPSILON)))
        model.set_weights(data.weights)
        self._compiled.begin(model, (ours.sequences, ours.lengths, ours.targets))

    def arrange(self, rows: np.ndarray) -> None:
        """Keep the rows; see Peer."""
        self._rows = rows

    def train(self) -> float:
        """Train an epoch; see Peer."""
        losses, _ = self._compiled.train_epoch(self._rows, max(len(self._rows), CAPACITY))
        return float(losses.mean(dtype=np.float64))


def peer() -> Ours:
    """Start TensorFlow as a worker does, and create the peer."""
    start_tensorflow()
    return Ours()
