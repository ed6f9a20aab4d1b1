"""Urban sound: which of ten city sounds is it? (documents 000 and 001; protocols, sections 2 and 3)

As written: clips shuffled and split 80/5/15, raw magnitudes, N(0, 0.03) initial weights. Corrected: the official folds,
one held out at a time, with no Freesound recording on two sides; bands standardised on the training part; Keras' own
initial weights. The documents' figures after 100 epochs range from 0.374 (ReLU RNN) to 0.758 (LSTM that outputs its
cell state c). About 2 to 5 minutes per seed on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Family, Inputs, Leakage
from pipeline.networks.build import build
from pipeline.sources.sounds import reading
from pipeline.sources.sounds.metadata import CLASSES
from pipeline.sources.sounds.windows import write_view
from pipeline.sources.window_files import read_manifest
from pipeline.spec.data import Data, DatasetInfo, whole_batches
from pipeline.spec.experiment import Experiment
from pipeline.spec.sounds import CLIP_MS, Sounds


class SoundExperiment(Experiment):
    """An experiment on clips of city sound, in one view."""

    view: str

    @property
    def views(self) -> list[str]:
        """Every view that it needs, its own first."""
        return [self.view]

    @property
    def needs_original(self) -> bool:
        """The built-in sample says nothing about a claim."""
        return True


S = TypeVar("S", bound=SoundExperiment)


class SoundFamily(Family[S]):
    """What all experiments on clips have in common."""

    def fault(self, experiment: S, sounds: Sounds) -> str | None:
        """A view must exist."""
        unknown = [view for view in experiment.views if view not in sounds.views]
        if unknown:
            return f"view: '{unknown[0]}' is not a view; known: {', '.join(sounds.views)}"
        return super().fault(experiment, sounds)

    def folder(self, experiment: S) -> str:
        """Experiments of one view share its windows."""
        return experiment.view

    def make_windows(self, experiments: Sequence[S], inputs: Inputs, out: Path) -> Leakage:
        """Write the windows of every view that an experiment needs."""
        wanted = {view for experiment in experiments for view in experiment.views}
        return {
            view: write_view(view, inputs.sounds, inputs.seeds, inputs.spectra / view, out / view)
            for view in inputs.sounds.views
            if view in wanted
        }

    def splits(self, experiment: S, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
        """Every complete fold is held out once; as written, there are no folds."""
        complete = read_manifest(windows / self.folder(experiment))["folds"]
        return [(seed, fold) for seed in range(seeds) for fold in complete or [None]]

    def dataset(self, experiment: S, seed: int, fold: int | None, windows: Path) -> DatasetInfo:
        """The digest covers only the sequences and this split."""
        folders = [windows / view for view in experiment.views]
        about = read_manifest(folders[0])
        split = reading.read_split(folders[0], seed, fold)
        return DatasetInfo(about["data"], about["kind"], reading.digest(folders, split))

    def shape(self, experiment: S, sounds: Sounds) -> tuple[int, int, int]:
        """The timesteps are those of the longest clip."""
        view = sounds.views[experiment.view]
        return CLIP_MS // view.hop_ms, sounds.bands_of(view), len(CLASSES)

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        """Format an example as document 000 prints it: `siren: wrong(jackhammer)` is estimate: verdict(truth)."""
        chances = np.exp(outputs - outputs.max())
        chances = chances / chances.sum()
        estimate, truth = data.labels[int(outputs.argmax())], data.labels[int(data.targets[row])]
        mark = "correct" if estimate == truth else f"wrong({truth})"
        return {
            "text": f"{estimate}: {mark}",
            "truth": truth,
            "estimate": estimate,
            "probability": round(float(chances.max()), 4),
            "clip": data.names[row],
        }


def shown_rows(test: np.ndarray, seed: int) -> np.ndarray:
    """Draw the three rows of the test part that are shown as examples."""
    rows: np.ndarray = np.random.default_rng([seed, 0, 2]).permutation(test)[:3]
    return rows


def validation_rows(rows: np.ndarray, seed: int, all_of_them: bool) -> Callable[[int], np.ndarray]:
    """Choose the rows to validate on after each epoch: 100 random ones, as many as in the documents, or all."""

    def drawn(epoch: int) -> np.ndarray:
        return rows if all_of_them else np.random.default_rng([seed, epoch, 1]).permutation(rows)[:100]

    return drawn


def _sequences(folder: Path, *statistics: tuple[float, ...]) -> np.ndarray:
    """Read the clips of a view, standardised if a mean and a deviation of its bands are given."""
    sequences = reading.read_array(folder, "sequences")
    if statistics:
        lengths = reading.read_array(folder, "lengths")
        reading.standardize(sequences, lengths, dict(zip(("mean", "deviation"), statistics, strict=True)))
    return sequences


class UrbanSound(SoundFamily[SoundExperiment]):
    """Which of ten city sounds is it?"""

    name = "sounds"
    title = "Urban sound"
    deviations = (
        "The documents had 2,552 clips of 44,100 Hz; each figure says how many of them are present.",
        "As written the small window holds frequencies above 4.1 kHz only, and clips of one recording are on both "
        "sides of the split. Corrected: the whole band, standardised, and the official folds.",
    )
    experiment = SoundExperiment

    def load(self, experiment: SoundExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """Corrected: standardised on the training part."""
        here = windows / self.folder(experiment)
        split = reading.read_split(here, seed, fold)
        lengths, labels = (once(reading.read_array, here, name) for name in ("lengths", "labels"))
        statistics = (tuple(split["mean"]), tuple(split["deviation"])) if "mean" in split else ()
        sequences = once(_sequences, here, *statistics)
        train, validation, test = reading.rows_of(split)
        return Data(
            sequences=sequences,
            lengths=lengths,
            targets=labels,
            train=whole_batches(train, experiment.batch, seed),
            validation=validation_rows(validation, seed, all_of_them=experiment.patience > 0),
            test=test,
            shown=shown_rows(test, seed),
            labels=once(read_manifest, here)["classes"],
            names=once(reading.read_names, here),
        )

    def network(self, experiment: SoundExperiment, data: Data, seed: int) -> Any:
        """As written, the initial weights are the documents' draw."""
        random = np.random.RandomState(1234 + seed) if experiment.protocol == "as_written" else None
        return build(experiment, data, data.sequences.shape[2], random, seed)
