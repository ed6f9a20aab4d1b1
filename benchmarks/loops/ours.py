"""Our side of the loops: the compiled epoch, made and fed as a worker of the pipeline does it."""

from typing import Any

import numpy as np

from pipeline.experiments.registry import FAMILIES
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment


def begin_alike(model: Any) -> None:
    """Give a model initial weights that follow from their shapes alone, N(0, 0.1), so that both sides begin alike."""
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.1, variable.shape))


class Ours:
    """The epochs of an experiment."""

    def __init__(self, experiment: Experiment, data: Data) -> None:
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import make_optimizer

        model = FAMILIES[experiment.family].network(experiment, data, 0)
        begin_alike(model)
        carry = experiment.recurrent.state == "carry"
        optimizer = make_optimizer(experiment.optimizer)
        self._compiled = Compiled(model, optimizer, experiment.loss, data.offsets, carry)
        self._compiled.begin(model, (data.sequences, data.lengths, data.targets))
        self._data, self._capacity, self._done = data, data.capacity(experiment.batch), 0

    def train(self, epochs: int) -> list[float]:
        """Train so many epochs; see `sides.Loop`."""
        found = []
        for epoch in range(self._done + 1, self._done + epochs + 1):
            losses, _ = self._compiled.train_epoch(self._data.train(epoch), self._capacity)
            found.append(float(losses.mean(dtype=np.float64)))
        self._done += epochs
        return found
