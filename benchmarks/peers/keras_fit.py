"""Plain Keras: `compile` and `fit` with their defaults, one step per call of the compiled function."""

from typing import Any

import numpy as np

from benchmarks.work import BETA_1, BETA_2, CLASSES, EPSILON, LEARNING_RATE, Data, Work
from pipeline.networks.runtime import PLAIN_XLA, start_tensorflow


def model_of(work: Work, use_cudnn: Any = "auto") -> Any:
    """Build the model, from sequences (batch, timesteps, features) to logits (batch, 10)."""
    import keras

    layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[work.cell]
    recurrent = layer(work.units, use_cudnn=use_cudnn)
    return keras.Sequential([keras.Input((work.timesteps, work.features)), recurrent, keras.layers.Dense(CLASSES)])


def compile_model(model: Any, optimizer: Any, **options: Any) -> None:
    """Compile with softmax cross-entropy; the optimizer keeps its state if it has one."""
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, **options)


class KerasFit:
    """Trains a compiled model with `fit`."""

    def prepare(self, data: Data) -> None:
        """Build the model; see Peer."""
        import keras

        self._data = data
        self._model = self.model(data.work)
        self._model.set_weights(data.weights)
        self._optimizer = keras.optimizers.Adam(LEARNING_RATE, BETA_1, BETA_2, EPSILON)
        self._steps = 0

    def model(self, work: Work) -> Any:
        """Build the model; see `model_of`."""
        return model_of(work)

    def compile(self, steps: int) -> None:
        """Compile the model to train `steps` steps per call of fit."""
        if self._steps == 0:
            compile_model(self._model, self._optimizer)

    def arrange(self, rows: np.ndarray) -> None:
        """Copy the rows in their order, which fit would otherwise do in every call; see Peer."""
        self.compile(len(rows))
        self._steps = len(rows)
        self._sequences = self._data.sequences[rows.ravel()]
        self._targets = self._data.targets[rows.ravel()]

    def train(self) -> float:
        """Train one epoch; see Peer."""
        batch = self._data.work.batch
        history = self._model.fit(self._sequences, self._targets, batch, epochs=1, shuffle=False, verbose=0)
        return float(history.history["loss"][0])


def peer() -> KerasFit:
    """Start TensorFlow and return the peer."""
    start_tensorflow(flags=PLAIN_XLA)
    return KerasFit()
