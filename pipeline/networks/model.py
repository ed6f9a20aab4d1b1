"""The Keras model: masked sequence, one recurrent layer, a linear read-out of its last step.

Sequences are padded on the right and masked by their lengths, which cuDNN accepts and which equals the documents'
loop: the output is taken at each sequence's own last step, and the gradient enters there only. The epoch is compiled
by XLA, which cannot hold the cuDNN kernel, so on a GPU too the layers are the loops of `scan`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from pipeline.networks import layers


@keras.saving.register_keras_serializable("reprise")
class StepMask(keras.layers.Layer):
    """lengths (batch,) to a mask (batch, timesteps): true up to each sequence's own end."""

    def call(self, sequences: Any, lengths: Any) -> Any:
        """Return the mask."""
        steps = keras.ops.arange(sequences.shape[1])
        return steps[None, :] < keras.ops.cast(lengths, steps.dtype)[:, None]

    def compute_output_spec(self, sequences: Any, lengths: Any) -> Any:
        """Return the shape of the mask."""
        return keras.KerasTensor(sequences.shape[:2], dtype="bool")


def _relu_rnn(units: int, start: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """h = relu([x, h] W + b), read out h (protocols, section 3)."""
    layer = layers.SimpleRNN(units, activation="relu", **start)
    return lambda sequences, mask: layer(sequences, mask=mask)


def _lstm(units: int, start: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """An LSTM without peepholes, forget bias 1, read out h = tanh(c) o."""
    layer = layers.LSTM(units, use_cudnn=False, **start)
    return lambda sequences, mask: layer(sequences, mask=mask)


def _lstm_state(units: int, start: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """The same LSTM, read out the cell state c, unbounded, before tanh and output gate (`use_state`)."""
    layer = layers.LSTM(units, return_state=True, use_cudnn=False, **start)
    return lambda sequences, mask: layer(sequences, mask=mask)[2]


def _gru(units: int, start: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """A GRU with the reset gate after the product (Cho et al. 2014, second version), read out h."""
    layer = layers.GRU(units, use_cudnn=False, **start)
    return lambda sequences, mask: layer(sequences, mask=mask)


VARIANTS: dict[str, Callable[[int, dict[str, Any]], Callable[[Any, Any], Any]]] = {
    "relu_rnn": _relu_rnn,
    "lstm": _lstm,
    "lstm_state": _lstm_state,
    "gru": _gru,
}


def make_model(
    variant: str,
    units: int,
    timesteps: int,
    features: int,
    symbols: bool,
    outputs: int,
    seed: int,
    dropout: Mapping[str, float] | None = None,
) -> Any:
    """Return the model ([sequences, lengths] to logits), its weights drawn by Keras' initialisers from the seed.

    sequences: (batch, timesteps, features), or (batch, timesteps) with ids below `features` if `symbols`.
    `dropout` are the recurrent layer's `dropout` and `recurrent_dropout`, drawn from the seed too.
    """
    first, second, third, fourth = (int(s) for s in np.random.SeedSequence(seed).generate_state(4))
    start = {
        **(dropout or {}),
        "seed": fourth,
        "kernel_initializer": keras.initializers.GlorotUniform(first),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=second),
    }
    sequences = keras.Input((timesteps,) if symbols else (timesteps, features), dtype="int32" if symbols else "float32")
    lengths = keras.Input((), dtype="int32")
    mask = StepMask()(sequences, lengths)
    steps = keras.layers.CategoryEncoding(features, output_mode="one_hot")(sequences) if symbols else sequences
    last = VARIANTS[variant](units, start)(steps, mask)
    logits = keras.layers.Dense(outputs, kernel_initializer=keras.initializers.GlorotUniform(third))(last)
    return keras.Model([sequences, lengths], logits)
