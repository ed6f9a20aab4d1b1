"""The recurrent networks: one dict from short name to read-out (in `model`), and the first weights (in `initial`).

TensorFlow is imported when a network is built, not before.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.networks.initial import draw_weights, in_keras_order

if TYPE_CHECKING:
    from pipeline.experiments import Experiment
    from pipeline.training.data import Data


VARIANTS = ("relu_rnn", "lstm", "lstm_state", "gru")


def build(
    experiment: "Experiment", data: "Data", features: int, random: np.random.RandomState | None, seed: int
) -> Any:
    """Return the Keras model of a run with its first weights: [sequences, lengths] to logits.

    With `random` they are the documents' N(0, 0.03); without it those of Keras' own initialisers, from the seed alone.
    """
    from pipeline.networks.model import make_model

    symbols = data.sequences.ndim == 2
    timesteps = data.sequences.shape[1]
    dropout = {"dropout": experiment.dropout, "recurrent_dropout": experiment.recurrent_dropout}
    model = make_model(experiment.variant, experiment.units, timesteps, features, symbols, data.outputs, seed, dropout)
    if random is not None:
        hidden, output = draw_weights(random, experiment.variant, features, experiment.units, data.outputs)
        model.set_weights(in_keras_order(hidden, output, features))
    return model
