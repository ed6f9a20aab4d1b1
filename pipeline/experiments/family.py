"""What a family of experiments defines: its windows, and the data, network and metrics of its runs.

A family is one module with one subclass of `Family`, named in `registry.py`. The module docstring gives the task, the
document, the claim, the minutes it takes and the command; the family's page shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.once import Once, anew
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
    """What windows are made from: the originals, the spectra, and what params.yaml sets for the whole family."""

    raw: Path
    spectra: Path
    seeds: int
    sounds: Sounds


class Family(Generic[E]):
    """One family. `windows` is always the family's own directory in data/windows."""

    name: ClassVar[str]
    title: ClassVar[str]
    deviations: ClassVar[tuple[str, ...]] = ()  # from the document, in plain words, for its page
    experiment: type[E]  # of its entries in params.yaml
    data: ClassVar[str] = ""  # the family whose originals it shares; empty: its own
    part: ClassVar[str] = "seed_{seed}"  # the file of windows for a seed
    keeps_probabilities: ClassVar[bool] = False  # of the test part, so that runs can form an ensemble

    @property
    def originals(self) -> str:
        """Name of its originals in data/raw and in `run.originals`."""
        return self.data or self.name

    def fault(self, experiment: E, sounds: Sounds) -> str | None:
        """Find what in an entry does not fit the other params, as `key: fault; remedy`, or None."""
        if experiment.labels.ensemble and not self.keeps_probabilities:
            return f"labels.ensemble: runs of '{self.name}' do not store probabilities; remove it"
        return None

    def folder(self, experiment: E) -> str:
        """Name the directory of an experiment's windows; experiments with the same windows share one."""
        return experiment.name

    def make_windows(self, experiments: Sequence[E], inputs: Inputs, out: Path) -> Leakage:
        """Write the windows of all experiments below `out`; return their leakage audit, empty if nothing can leak."""
        raise NotImplementedError

    def splits(self, experiment: E, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
        """List the (seed, test fold or None) pairs to run. Raises UserError if their windows do not exist."""
        if experiment.needs_original and not (windows / self.folder(experiment)).is_dir():
            raise UserError(
                f"{experiment.name}: its originals are not fetched; ORIGINALS=1 (run.originals: true) fetches them"
            )
        return [(seed, None) for seed in range(seeds)]

    def dataset(self, experiment: E, seed: int, fold: int | None, windows: Path) -> DatasetInfo:
        """Describe the data of a run, with its digest."""
        folder = windows / self.folder(experiment)
        about = read_manifest(folder)
        return DatasetInfo(about["data"], about["kind"], windows_digest(folder, self.part.format(seed=seed)))

    def load(self, experiment: E, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """Load the data of a run."""
        raise NotImplementedError

    def network(self, experiment: E, data: Data, seed: int) -> Any:
        """Build the Keras model of a run with its initial weights."""
        return build(experiment, data, data.sequences.shape[-1], None, seed)

    def shape(self, experiment: E, sounds: Sounds) -> tuple[int, int, int]:
        """Return (timesteps, features, outputs) of a network, without loading data; for ids, how many there are."""
        raise NotImplementedError

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        """Format one of the examples that the document shows: the estimate, and the truth in brackets."""
        truth, chosen = data.labels[int(data.targets[row])], int(decide(outputs[None])[0])
        estimate = data.labels[chosen] if chosen >= 0 else "not a number"
        return {"text": f"{estimate} ({truth})", "truth": truth, "estimate": estimate, "probability": None}

    def extras(self, experiment: E, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
        """Measure what a run has in addition to the metrics of every run."""
        return Extras()

    def audio(self, facts: Mapping[str, str]) -> dict[str, bytes]:
        """Render the sounds of a run from its facts, as OGG files by a readable name."""
        return {}
