"""Urban sound: what is it worth to a network that clips of a test recording are in training? (documents 000 and 001)

Document 000 splits clips at random, and 96 % of its test clips have clips of the same recording in training. Here the
share is set, and all else stays the same: the test clips, the number of clips that train, and of each class. Bands are
standardised on the training part; the network stops after a fixed number of epochs, so nothing is chosen.
About 10 seconds per seed on one core.
Command: `make reproduce ALL=1 ORIGINALS=1`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Inputs, Leakage
from pipeline.experiments.sounds import SoundExperiment, SoundFamily, shown_rows
from pipeline.sources.sounds import reading
from pipeline.sources.sounds.leakage import leakage
from pipeline.sources.sounds.leaked import leaked_split
from pipeline.sources.sounds.splits import statistics_of
from pipeline.sources.window_files import read_manifest
from pipeline.spec.data import Data, DatasetInfo, whole_batches
from pipeline.spec.group import Fraction
from pipeline.spec.sounds import Sounds


class LeakExperiment(SoundExperiment):
    """An experiment in which the recording of a share of the test clips, `leak_share`, is also in training."""

    protocol: Literal["corrected"] = "corrected"
    leak_share: Fraction = 0.0


class SoundLeak(SoundFamily[LeakExperiment]):
    """What is it worth that a test recording is known?"""

    name = "sound_leak"
    title = "Urban sound, with a leak of known size"
    deviations = ("The split is neither the documents' nor the official one: it leaks as much as it is told to.",)
    experiment = LeakExperiment
    data = "sounds"

    def fault(self, experiment: LeakExperiment, sounds: Sounds) -> str | None:
        """As written, the clips are fewer, and those of one view are drawn together."""
        fault = super().fault(experiment, sounds)
        if not fault and sounds.views[experiment.view].protocol == "as_written":
            return f"view: '{experiment.view}' is as_written; take a corrected one"
        return fault

    def make_windows(self, experiments: Sequence[LeakExperiment], inputs: Inputs, out: Path) -> Leakage:
        """Write the windows of the views; the audit is that of each experiment, not of a view."""
        super().make_windows(experiments, inputs, out)
        return {one.name: _audit(one, inputs.seeds, out / self.folder(one)) for one in experiments}

    def splits(self, experiment: LeakExperiment, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
        """No fold is held out: every seed draws its own recordings."""
        super().splits(experiment, seeds, windows)
        return [(seed, None) for seed in range(seeds)]

    def dataset(self, experiment: LeakExperiment, seed: int, fold: int | None, windows: Path) -> DatasetInfo:
        """The digest covers the sequences and this split."""
        here = windows / self.folder(experiment)
        about = read_manifest(here)
        train, test = split_of(experiment, seed, here)
        parts = {"train": train.tolist(), "test": test.tolist()}
        return DatasetInfo(about["data"], about["kind"], reading.digest([here], parts))

    def load(self, experiment: LeakExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """Whole clips, repeated up to the length of the longest; an epoch leaves out a last batch that is not full."""
        here = windows / self.folder(experiment)
        clips, lengths, labels = (once(reading.read_array, here, name) for name in ("sequences", "lengths", "labels"))
        sequences = clips.copy()
        train, test = split_of(experiment, seed, here)
        reading.standardize(sequences, lengths, statistics_of(sequences, lengths, train.tolist()))
        return Data(
            sequences=reading.tile(sequences, lengths, sequences.shape[1]),
            lengths=lengths,
            targets=labels,
            train=whole_batches(train, experiment.batch, seed),
            validation=lambda epoch: test[:0],
            test=test,
            shown=shown_rows(test, seed),
            labels=once(read_manifest, here)["classes"],
            names=once(reading.read_names, here),
            masked=False,
        )


def split_of(experiment: Any, seed: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Draw the rows for training and test of a seed from the clips of a view."""
    labels, recordings = reading.read_array(folder, "labels"), reading.read_recordings(folder)
    return leaked_split(labels, recordings, experiment.leak_share, np.random.default_rng([20181224, seed]))


def _audit(experiment: LeakExperiment, seeds: int, folder: Path) -> dict[str, dict[str, float]]:
    recordings = reading.read_recordings(folder)
    return {f"set_{seed}": leakage(recordings, *split_of(experiment, seed, folder)) for seed in range(seeds)}
