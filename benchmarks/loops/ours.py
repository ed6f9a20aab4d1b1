"""Our side of the loops: the compiled epoch, built and fed as in a worker of the pipeline."""

from typing import Any

import numpy as np

from pipeline.experiments.registry import FAMILIES
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment


def begin_alike(model: Any) -> None:
    """Set initial weights from N(0, 0.1) that depend only on their shapes, so that both sides start the same."""
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.1, variable.shape))


class Ours:
    """Trains the epochs of an experiment."""

    def __init__(self, experiment: Experiment, data: Data) -> None:
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import make_optimizer
        from pipeline.training.setup import Setup

        model = FAMILIES[experiment.family].network(experiment, data, 0)
        begin_alike(model)
        carry = experiment.recurrent.state == "carry"
        optimizer = make_optimizer(experiment.optimizer)
        self._compiled = Compiled(Setup(model, optimizer, experiment.loss, data.offsets, carry))
        self._compiled.begin(model, (data.sequences, data.lengths, data.targets))
        self._data, self._capacity, self._done = data, data.capacity(experiment.batch), 0

    def train(self, epochs: int) -> list[float]:
        """Train `epochs` epochs; see `sides.Loop`."""
        found = []
        for epoch in range(self._done + 1, self._done + epochs + 1):
            losses, _ = self._compiled.train_epoch(self._data.train(epoch), self._capacity)
            found.append(float(losses.mean(dtype=np.float64)))
        self._done += epochs
        return found
