"""A melody note by note: four notes in, the next one out (document 002; protocols 5.1 and 5.2, items 6 to 12).

54 notes make 50 windows; LSTM(128), 2,000 epochs, Adam. Basic: batches of 14, shuffled. With state: one window at a
time, in order, with the state carried through the song and reset to zero before each epoch. The document measures on
the song it trained on: 90.00 % (basic), 100.00 % (with state, with one or two features). Four windows are not always
followed by the same note, so without memory at most 46 of 50 can be right. About 20 s per seed on one core.
Command: `make reproduce`.

The whole song is played from its first four notes, each estimate fed back as the next note. The document's code for two
features cannot run as printed (an undefined name, and input notes that are never updated); the code here feeds back the
notes it has played.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Family, Inputs, Leakage
from pipeline.sources.generated.song import (
    CODES,
    SONG,
    as_features,
    as_sound,
    best_without_memory,
    dataset,
    read_notes,
)
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.data import Data, batched, fixed, shuffled
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Positive
from pipeline.spec.sounds import Sounds
from pipeline.training.extras import Extras


class SongExperiment(Experiment):
    """A network that learns a song, one window of notes after another."""

    song: str = SONG
    window: Positive = 4
    features: Literal[1, 2] = 1  # the code of a note, or its pitch and length

    @model_validator(mode="after")
    def _playable(self) -> "SongExperiment":
        try:
            read_notes(self.song, self.window)
        except ValueError as error:
            raise ValueError(f"song: {error}") from None
        return self

    @property
    def notes(self) -> list[str]:
        """The notes of the song."""
        return read_notes(self.song, self.window)


class Melody(Family[SongExperiment]):
    """Which note comes next?"""

    name = "melody"
    title = "A melody"
    deviations = (
        "There is no test part: the document measures on the song that it learned from, and so does this family.",
        "The basic network has the document's batch of 14 (the source it follows had 1).",
        "The code for two features cannot run as printed: it uses an undefined name and never renews its input "
        "notes. Here the notes that were played are fed back.",
        "The document prints 90.00 % and a list with 44 of 50 right, which is 88 %: they cannot be of the same "
        "network. Here they are.",
    )
    experiment = SongExperiment
    part = "song"

    def make_windows(self, experiments: Sequence[SongExperiment], inputs: Inputs, out: Path) -> Leakage:
        """There is no test part, so nothing can leak."""
        for experiment in experiments:
            notes = experiment.notes
            encoded = np.array([as_features(note, experiment.features) for note in notes], np.float32)
            views = np.lib.stride_tricks.sliding_window_view(encoded[:-1], experiment.window, axis=0)
            table = dataset(notes, experiment.window)
            arrays = {"sequences": views.transpose(0, 2, 1).copy(), "targets": table[:, -1], "table": table}
            about = {"data": "the song of document 002", "kind": "document"}
            if experiment.song.split() != SONG.split():
                about = {"data": "another song", "kind": "other"}
            write_windows(out / self.folder(experiment), [(self.part, arrays)], about)
        return {}

    def load(self, experiment: SongExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """The test part is the song itself."""
        arrays = once(read_windows, windows / self.folder(experiment), self.part)
        rows = np.arange(len(arrays["targets"]), dtype=np.int32)
        in_order = fixed(batched(rows, experiment.batch))
        return Data(
            sequences=arrays["sequences"],
            lengths=np.full(len(rows), arrays["sequences"].shape[1], np.int32),
            targets=arrays["targets"],
            train=in_order if experiment.stateful else shuffled(rows, experiment.batch, seed),
            validation=fixed(rows[:0]),
            test=rows,
            shown=rows[:0],
            labels=CODES[: int(arrays["targets"].max()) + 1],
            masked=False,
            fixed_test=True,
        )

    def shape(self, experiment: SongExperiment, sounds: Sounds) -> tuple[int, int, int]:
        """The window, its features, and a logit for each code up to the highest in the song."""
        table = dataset(experiment.notes, experiment.window)
        return experiment.window, experiment.features, int(table[:, -1].max()) + 1

    def extras(self, experiment: SongExperiment, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
        """Play the song twice: each note from the four true ones before it, and the whole song from the first four."""
        notes, table = experiment.notes, dataset(experiment.notes, experiment.window)
        first, rest = notes[: experiment.window], notes[experiment.window :]
        step = [data.labels[code] for code in outcome.test.argmax(axis=1)]
        song = _play(model, experiment, first, len(rest), data.labels)
        return Extras(
            metrics={
                "one_step_right": float(_right(step, rest)),
                "song_right": float(_right(song, rest)),
                "best_without_memory": best_without_memory(table) / len(table),
            },
            facts={
                "dataset shape": str(table.shape),
                "dataset matrix": " ".join(map(str, table.ravel())),
                "one-hot size": str(len(data.labels)),
                "one-step list": " ".join(first + step),
                "full-song list": " ".join(first + song),
            },
            files={
                "one_step.wav": as_sound(first + step),
                "whole_song.wav": as_sound(first + song),
                "true_song.wav": as_sound(notes),
            },
        )

    def audio(self, facts: Mapping[str, str]) -> dict[str, bytes]:
        """Render what a run played."""
        names = {
            "full-song list": "the whole song from four notes",
            "one-step list": "each note from the four before it",
        }
        return {name: as_sound(facts[key].split(), "OGG") for key, name in names.items() if key in facts}


def _right(estimates: list[str], truths: list[str]) -> int:
    return sum(estimate == truth for estimate, truth in zip(estimates, truths, strict=True))


def _play(model: Any, experiment: SongExperiment, first: list[str], count: int, labels: list[str]) -> list[str]:
    """Play `count` notes, feeding back the network's own; a stateful one carries its state through the song."""
    from pipeline.networks.calls import caller

    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
    notes, played, call = list(first), [], caller(model)
    for _ in range(count):
        steps = [as_features(note, experiment.features) for note in notes[-experiment.window :]]
        played.append(labels[int(call(np.array([steps], np.float32)).argmax())])
        notes.append(played[-1])
    return played
