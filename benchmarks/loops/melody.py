"""The song, one window of notes after the other, stateful (document 002; protocols 5.1, MUSIC-STATEFUL).

The document calls `fit` for every epoch, with batches of 1, and resets the states after it: 50 steps per epoch. Both
sides have today's gates (sigmoid) and Keras' Adam, so that the document's is plain Keras.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.loops.ours import Ours, begin_alike
from benchmarks.loops.sides import Loop
from pipeline.experiments.family import Inputs
from pipeline.experiments.melody import Melody, SongExperiment
from pipeline.networks.runtime import PLAIN_XLA, silence, start_tensorflow
from pipeline.sources.generated.song import LARGEST_CODE, SONG, dataset, read_notes
from pipeline.spec.recurrent import Recurrent
from pipeline.spec.sounds import Sounds

NAME = "song_state"
WINDOW, UNITS, NOTES = 4, 128, 12  # notes per window; units of the LSTM; classes


def ours(units: int = UNITS) -> Loop:
    """Build the loop that trains as the pipeline does."""
    start_tensorflow()
    recurrent = Recurrent(state="reset")
    experiment = SongExperiment(
        name=NAME,
        document="002",
        family="melody",
        variant="lstm",
        units=units,
        epochs=2000,
        batch=1,
        recurrent=recurrent,
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        inputs = Inputs(folder, folder, 1, Sounds(views={}))
        Melody().make_windows([experiment], inputs, folder)
        return Ours(experiment, Melody().load(experiment, 0, None, folder))


class Document:
    """The document's way: `fit` for every epoch, then reset the states."""

    def __init__(self, units: int) -> None:
        table = dataset(read_notes(SONG, WINDOW), WINDOW)
        self._windows = table[:, :-1, None] / LARGEST_CODE
        self._notes = np.eye(NOTES)[table[:, -1]]
        self._model = self._network(units)
        begin_alike(self._model)

    def _network(self, units: int) -> Any:
        import keras

        inputs = keras.Input(batch_shape=(1, WINDOW, 1))
        self._recurrent = keras.layers.LSTM(units, stateful=True)
        model = keras.Sequential([inputs, self._recurrent, keras.layers.Dense(NOTES, activation="softmax")])
        model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
        return model

    def _epoch(self) -> float:
        history = self._model.fit(self._windows, self._notes, epochs=1, batch_size=1, shuffle=False, verbose=0)
        self._recurrent.reset_state()
        return float(history.history["loss"][0])

    def train(self, epochs: int) -> list[float]:
        """Train `epochs` epochs; see `sides.Loop`."""
        return [self._epoch() for _ in range(epochs)]


def document(units: int = UNITS) -> Loop:
    """Return the epochs as the document's code trains them, on one core as ours."""
    start_tensorflow(flags=PLAIN_XLA)
    return Document(units)


def document_on_all_cores(units: int = UNITS) -> Loop:
    """Build the loop that trains as the document's code does, with TensorFlow's default number of threads."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silence():
        return Document(units)
