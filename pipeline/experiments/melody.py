"""A melody note by note: four notes in, the next one out (document 002; protocols 5.1 and 5.2, items 6 to 12).

54 notes make 50 windows; LSTM(128), 2,000 epochs, Adam. Basic: batch 14, shuffled. With state: one window at a time, in
order, the state carried through the song and set to zero before each epoch. The document measures on the song that it
learned from: 90.00 % (basic), 100.00 % (with state, with one or two features). Four windows have more than one note
behind them, so without a memory no more than 46 of 50 can be right. About 20 s a seed on one core.
Command: `make reproduce`.

The whole song is played from its first four notes, each estimate heard as the next note. The document's code for two
features cannot run as printed (an undefined name, and the notes heard are never renewed); ours hears its own notes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from pipeline.experiments import Experiment as Base
from pipeline.experiments import Positive
from pipeline.experiments.common import class_example, each_seed, source_of
from pipeline.networks import build
from pipeline.params import Params
from pipeline.sources.generated.song import CODES, SONG, as_features, as_sound, best_without_memory, dataset, read_notes
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.data import Data, Source, batched, fixed, shuffled
from pipeline.training.extras import Further

_PART = "song"

TITLE = "A melody"
DEVIATIONS = (
    "There is no test part: the document measures on the song that it learned from, and so do we.",
    "The document's batch of 14 for the basic network is taken (the source it follows had 1).",
    "The code for two features cannot run as printed: it uses an undefined name and never renews the notes it hears. "
    "Ours hears the notes it has played.",
    "The document prints 90.00 % and a list with 44 of 50 right, which is 88 %: they cannot be of the same network. "
    "Ours are.",
)


class Experiment(Base):
    """A network that learns a song, one window of notes after the other."""

    song: str = SONG
    window: Positive = 4
    features: Literal[1, 2] = 1  # the code of a note; or its pitch and its length

    @model_validator(mode="after")
    def _playable(self) -> "Experiment":
        try:
            read_notes(self.song, self.window)
        except ValueError as error:
            raise ValueError(f"song: {error}") from None
        return self

    @property
    def notes(self) -> list[str]:
        """Return the notes of the song."""
        return read_notes(self.song, self.window)


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return experiment.name


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the windows of every experiment. There is no test part, so there is nothing that could leak."""
    for experiment in map(_typed, experiments):
        notes = experiment.notes
        heard = np.array([as_features(note, experiment.features) for note in notes], np.float32)
        views = np.lib.stride_tricks.sliding_window_view(heard[:-1], experiment.window, axis=0)
        table = dataset(notes, experiment.window)
        arrays = {"sequences": views.transpose(0, 2, 1).copy(), "targets": table[:, -1], "table": table}
        about = {"data": "the song of document 002", "kind": "document"}
        if experiment.song.split() != SONG.split():
            about = {"data": "another song", "kind": "other"}
        write_windows(out / folder(experiment), [(_PART, arrays)], about)
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run: there are no folds."""
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is."""
    return source_of(windows / folder(experiment), _PART)


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run; what is called its test part is the song itself."""
    arrays = read_windows(windows / folder(experiment), _PART)
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
        source=source(experiment, seed, fold, windows),
        masked=False,
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    return build(experiment, data, data.sequences.shape[2], None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs)."""
    one = _typed(experiment)
    return one.window, one.features, int(dataset(one.notes, one.window)[:, -1].max()) + 1


def example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one window: the note behind it and the estimate."""
    return class_example(data, row, logits)


def afterwards(experiment: Base, data: Data, model: Any, outcome: Any, seed: int) -> Further:
    """Play the song twice: each note from the four true ones before it, and all from the first four."""
    one = _typed(experiment)
    notes, table = one.notes, dataset(one.notes, one.window)
    first, rest = notes[: one.window], notes[one.window :]
    step = [data.labels[code] for code in outcome.test.argmax(axis=1)]
    song = _play(model, one, first, len(rest), data.labels)
    return Further(
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


def listen(facts: Mapping[str, str]) -> dict[str, bytes]:
    """Return what a run played, from the facts of its row, as OGG by a name for people."""
    names = {"full-song list": "the whole song from four notes", "one-step list": "each note from the four before it"}
    return {name: as_sound(facts[key].split(), "OGG") for key, name in names.items() if key in facts}


def _right(estimates: list[str], truths: list[str]) -> int:
    return sum(estimate == truth for estimate, truth in zip(estimates, truths, strict=True))


def _play(model: Any, experiment: Experiment, first: list[str], count: int, labels: list[str]) -> list[str]:
    """Return the notes that a network plays when it hears only its own; a state is carried through the song."""
    import tensorflow as tf

    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
    heard, played = list(first), []
    for _ in range(count):
        steps = [as_features(note, experiment.features) for note in heard[-experiment.window :]]
        logits = model([tf.constant([steps], tf.float32)], training=False)
        played.append(labels[int(logits.numpy().argmax())])
        heard.append(played[-1])
    return played
