"""The Keras model of a run, with its initial weights. TensorFlow is imported only when a network is built."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.networks.initial_weights import draw_weights, in_keras_order
from pipeline.spec.cells import CONSTANT
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.fitting import require_fit


def build(experiment: Experiment, data: Data, features: int, random: np.random.RandomState | None, seed: int) -> Any:
    """Build the Keras model of a run, from [sequences, lengths] or [sequences] to outputs.

    With `random` the kernels are drawn as in the documents, N(0, 0.03); without it by Keras' initializers, from the
    seed alone. `constant` is the best guess for the training rows. Raises UserError if the experiment's options do not
    fit the data.
    """
    from pipeline.networks.baselines import best_guess
    from pipeline.networks.model import make_model

    require_fit(experiment, data, drawn=random is not None)
    if experiment.variant == CONSTANT:
        return constant_model(best_guess(data, experiment.loss).tolist(), data)
    model = make_model(experiment, data, features, seed)
    if random is not None:
        _, _, *biases = model.get_weights()
        hidden, output = draw_weights(random, experiment.variant, features, experiment.units, data.outputs)
        kernels = in_keras_order(hidden, features, experiment.units)
        model.set_weights([*kernels, biases[0], output, biases[-1]])
    return model


def constant_model(values: Sequence[float], data: Data) -> Any:
    """Build a network that gives the same values, (outputs,), for every row: logits, or numbers."""
    from pipeline.networks.baselines import constant

    return constant(values, data)


def last_value_model(column: int, data: Data) -> Any:
    """Build a network that gives the value of one feature at the last step, (batch, 1)."""
    from pipeline.networks.baselines import last_value

    return last_value(column, data)
