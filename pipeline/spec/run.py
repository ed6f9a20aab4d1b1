"""One run: an experiment, a seed and, in the corrected protocol of the sounds, a test fold; and what trains it."""

from dataclasses import dataclass

from pipeline.spec.data import DatasetInfo
from pipeline.spec.experiment import Experiment

TENSORFLOW, JAX = "tensorflow", "jax"  # the engines


@dataclass(frozen=True)
class Run:
    """One run and its key (see `running/keys.py`): same key, same run."""

    experiment: Experiment
    seed: int
    fold: int | None
    dataset: DatasetInfo
    key: str
    engine: str = TENSORFLOW

    @property
    def title(self) -> str:
        """A readable name, such as `us_lstm_10_100 · seed 2 · fold 1`."""
        fold = "" if self.fold is None else f" · fold {self.fold}"
        return f"{self.experiment.name} · seed {self.seed}{fold}"
