"""What the text families have in common: ids of words, in windows of a fixed length."""

from typing import Any, TypeVar

from pipeline.experiments.family import Family
from pipeline.networks.build import build
from pipeline.sources.texts.windows import PART, folder
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Positive


class TextExperiment(Experiment):
    """A network that reads the last `timesteps` words of a text, from the `vocabulary` most frequent ones."""

    vocabulary: Positive
    timesteps: Positive

    @property
    def size(self) -> tuple[int, int]:
        """Its vocabulary and timesteps."""
        return self.vocabulary, self.timesteps

    @property
    def needs_original(self) -> bool:
        """Texts must be fetched."""
        return True


T = TypeVar("T", bound=TextExperiment)


class TextFamily(Family[T]):
    """Base class of the families that read texts."""

    part = PART

    def folder(self, experiment: T) -> str:
        """Experiments with the same vocabulary and timesteps share their windows."""
        return folder(*experiment.size)

    def network(self, experiment: T, data: Data, seed: int) -> Any:
        """The features are the words."""
        return build(experiment, data, experiment.vocabulary, None, seed)
