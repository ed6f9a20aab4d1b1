"""Recurrent networks made for so few clips of city sound, and a random forest that they have to beat; in no document.

The corrected protocol on log-mel views: whole clips, repeated up to the length of the longest. A recipe is selected on
the rest of the data while its test fold is held out (`make select`; docs/decisions.md has the choice and its figures).
About a minute per seed and fold on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from pipeline.base.console import UserError
from pipeline.base.once import Once, anew
from pipeline.experiments.sounds import SoundExperiment, SoundFamily, shown_rows, validation_rows
from pipeline.sources.sounds import reading
from pipeline.sources.window_files import read_manifest
from pipeline.spec.data import Data
from pipeline.spec.group import Count, Fraction, Positive
from pipeline.spec.sounds import Sounds


class RecipeExperiment(SoundExperiment):
    """A recipe for whole clips.

    With `balance` clips are sampled for each epoch, those of recordings with many clips less often: by the recording's
    number of clips to the power of -balance. `speeds` are views of the same clips at other speeds: training clips are
    drawn evenly from all of them.

    With `parts` the test fold is held out, so that a recipe can be selected: the remaining clips are divided by
    recording into `parts` parts; seed s is measured on part s % parts and trained on the others. A recipe selected this
    way is for its own test fold: `folds` lists those it runs on; empty means all complete folds.
    """

    protocol: Literal["corrected"] = "corrected"
    balance: Fraction = 0.0
    speeds: list[str] = Field(default_factory=list)
    parts: Count = 0
    folds: list[Positive] = Field(default_factory=list)

    @model_validator(mode="after")
    def _parts_stand_alone(self) -> "RecipeExperiment":
        if self.parts == 1:
            raise ValueError("parts: 1 would leave nothing to train on; write 2 or more, or 0")
        if self.parts and self.patience:
            raise ValueError("parts: without a validation part, training cannot stop early; write patience: 0")
        return self

    @property
    def selects(self) -> bool:
        """With `parts`, clips outside the test fold are measured to select a recipe."""
        return self.parts > 0

    @property
    def views(self) -> list[str]:
        """Its view, then those of its speeds."""
        return [self.view, *self.speeds]


class SoundRecipes(SoundFamily[RecipeExperiment]):
    """How well can so few clips be told apart?"""

    name = "sound_recipes"
    title = "Urban sound, beyond the documents"
    deviations = ("No document has these networks; they are here to show what the recordings allow.",)
    experiment = RecipeExperiment
    data = "sounds"
    keeps_probabilities = True

    def fault(self, experiment: RecipeExperiment, sounds: Sounds) -> str | None:
        """Its view must have folds to hold out, and the views of other speeds must differ in nothing else."""
        fault = super().fault(experiment, sounds)
        if fault:
            return fault
        first, *others = (sounds.views[view] for view in experiment.views)
        if first.protocol == "as_written":
            return f"view: '{experiment.view}' is as_written; take a corrected one"
        if any(view.model_copy(update={"speed": first.speed}) != first for view in others):
            return "speeds: a view may differ from 'view' only in its speed; choose others"
        return None

    def splits(self, experiment: RecipeExperiment, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
        """Raises UserError if `folds` names a fold that is not complete."""
        complete = read_manifest(windows / self.folder(experiment))["folds"]
        lacking = [fold for fold in experiment.folds if fold not in complete]
        if lacking:
            there = ", ".join(map(str, complete)) or "none"
            raise UserError(
                f"experiments.{self.name}.{experiment.name}.folds: fold {lacking[0]} is not complete; "
                f"complete folds: {there}"
            )
        return [(seed, fold) for seed in range(seeds) for fold in experiment.folds or complete]

    def load(self, experiment: RecipeExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """The store holds the clips of one speed after the other; the test part has the first speed."""
        here = windows / self.folder(experiment)
        sequences, lengths, targets = once(_clips, *(windows / view for view in experiment.views))
        labels, recordings = once(reading.read_array, here, "labels"), once(reading.read_recordings, here)
        train, validation, test = reading.rows_of(reading.read_split(here, seed, fold))
        if experiment.parts:
            beside = np.sort(np.concatenate([train, validation]))
            part = seed % experiment.parts
            train, test = reading.group_parts(beside, labels, recordings, experiment.parts, part)
            validation = test[:0]
        weights = reading.sampling_weights(recordings[train], experiment.balance)
        size = len(train) // experiment.batch, experiment.batch

        def order(epoch: int) -> np.ndarray:
            random = np.random.default_rng([seed, epoch])
            if experiment.balance:
                rows = random.choice(train, size, p=weights)
            else:
                rows = random.permutation(train)[: size[0] * size[1]].reshape(size)
            speeds: np.ndarray = random.integers(len(experiment.views), size=rows.shape, dtype=np.int32)
            return rows + len(labels) * speeds

        return Data(
            sequences=sequences,
            lengths=lengths,
            targets=targets,
            train=order,
            validation=validation_rows(validation, seed, all_of_them=experiment.patience > 0),
            test=test,
            shown=shown_rows(test, seed),
            labels=once(read_manifest, here)["classes"],
            names=once(reading.read_names, here),
            masked=False,
        )


def _clips(*folders: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Load the tiled sequences, the lengths and the labels of the clips of all views, one view after the other."""
    found = [(reading.read_array(folder, "sequences"), reading.read_array(folder, "lengths")) for folder in folders]
    timesteps = found[0][0].shape[1]
    sequences = np.concatenate([reading.tile(sequences, lengths, timesteps) for sequences, lengths in found])
    targets = np.tile(reading.read_array(folders[0], "labels"), len(folders))
    return sequences, np.concatenate([lengths for _, lengths in found]), targets
