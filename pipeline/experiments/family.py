"""What a family of experiments is: how its windows are made, what data, network and metrics a run of it has.

A family is one module with one subclass of `Family`, named in `registry.py`. The head of the module says what it is,
the document, the claim, the minutes it takes and the command.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from pipeline.base.console import UserError
from pipeline.networks.build import build
from pipeline.sources.window_files import read_manifest, windows_digest
from pipeline.spec.data import Data, DatasetInfo
from pipeline.spec.experiment import Experiment
from pipeline.spec.sounds import Sounds
from pipeline.training.extras import Extras
from pipeline.training.metrics import decide

E = TypeVar("E", bound=Experiment)
Leakage = dict[str, dict[str, dict[str, float]]]  # {view: {split: audit}}


@dataclass(frozen=True)
class Inputs:
    """What windows are made from: the originals, the spectra, and what params.yaml says for all of a family."""

    raw: Path
    spectra: Path
    seeds: int
    sounds: Sounds


class Family(Generic[E]):
    """One family. `windows` is its own directory of data/windows, in every method."""

    name: ClassVar[str]
    title: ClassVar[str]
    deviations: ClassVar[tuple[str, ...]] = ()  # from the document, in plain words, for its page
    experiment: type[E]  # its entries of params.yaml
    data: ClassVar[str] = ""  # the family whose originals it shares; its own if empty
    part: ClassVar[str] = "seed_{seed}"  # the file of its windows that a seed reads
    keeps_probabilities: ClassVar[bool] = False  # of the test part, so that runs can be an ensemble

    @property
    def originals(self) -> str:
        """The name of its originals, in data/raw and in `run.originals`."""
        return self.data or self.name

    def fault(self, experiment: E, sounds: Sounds) -> str | None:
        """Return what of an entry does not go with the other params, as `key: fault; remedy`, or None."""
        if experiment.labels.ensemble and not self.keeps_probabilities:
            return f"labels.ensemble: runs of '{self.name}' keep no probabilities; leave it out"
        return None

    def folder(self, experiment: E) -> str:
        """Return the directory of an experiment's windows; experiments with the same windows share one."""
        return experiment.name

    def make_windows(self, experiments: Sequence[E], inputs: Inputs, out: Path) -> Leakage:
        """Write the windows of all experiments below `out`, and return their leakage audit, empty if none can leak."""
        raise NotImplementedError

    def splits(self, experiment: E, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
        """Return the (seed, test fold or None) pairs to run. Raises UserError if there are no windows of them."""
        if experiment.needs_original and not (windows / self.folder(experiment)).is_dir():
            raise UserError(
                f"{experiment.name}: its originals are not fetched; ORIGINALS=1 (run.originals: true) fetches them"
            )
        return [(seed, None) for seed in range(seeds)]

    def dataset(self, experiment: E, seed: int, fold: int | None, windows: Path) -> DatasetInfo:
        """Return what data a run has, with its digest."""
        folder = windows / self.folder(experiment)
        about = read_manifest(folder)
        return DatasetInfo(about["data"], about["kind"], windows_digest(folder, self.part.format(seed=seed)))

    def load(self, experiment: E, seed: int, fold: int | None, windows: Path) -> Data:
        """Return the data of a run."""
        raise NotImplementedError

    def network(self, experiment: E, data: Data, seed: int) -> Any:
        """Return the Keras model of a run with its initial weights."""
        return build(experiment, data, data.sequences.shape[-1], None, seed)

    def shape(self, experiment: E, sounds: Sounds) -> tuple[int, int, int]:
        """Return (timesteps, features, outputs) of a network, without any data; of ids, how many there are."""
        raise NotImplementedError

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        """Return one of the examples that the document shows: the estimate, and the truth in brackets."""
        truth, chosen = data.labels[int(data.targets[row])], int(decide(outputs[None])[0])
        estimate = data.labels[chosen] if chosen >= 0 else "not a number"
        return {"text": f"{estimate} ({truth})", "truth": truth, "estimate": estimate, "probability": None}

    def extras(self, experiment: E, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
        """Return what a run measures beyond the figures that every run has."""
        return Extras()

    def audio(self, facts: Mapping[str, str]) -> dict[str, bytes]:
        """Return how a run sounds, by its facts: OGG files by a name for people."""
        return {}
