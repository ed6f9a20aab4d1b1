"""First weights as the documents' code drew them: N(0, 0.03) from numpy's legacy generator (protocols, section 3)."""

import numpy as np
from numpy.random import RandomState

SPREAD = 0.030
FORGET, INPUT, OUTPUT, CANDIDATE = range(4)  # the order of the gates in the documents' matrix
_KERAS_ORDER = [INPUT, FORGET, CANDIDATE, OUTPUT]
_GATES = {"lstm": 4, "gru": 3}


def draw_weights(
    random: RandomState, variant: str, features: int, units: int, outputs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the hidden matrix ([x, h] by gates side by side), then the output matrix, in the order of the code."""
    gates = next((gates for name, gates in _GATES.items() if variant.startswith(name)), 1)
    hidden = random.normal(0, SPREAD, (features + units, gates * units))
    return hidden, random.normal(0, SPREAD, (units, outputs))


def in_keras_order(hidden: np.ndarray, output: np.ndarray, features: int) -> list[np.ndarray]:
    """Return kernel, recurrent kernel, bias (forget bias 1), output kernel and output bias as Keras keeps them.

    The documents have no GRU; one is given their weights too, with the gates in Keras' order and no bias.
    """
    units, outputs = output.shape
    gates = hidden.shape[1] // units
    bias = np.zeros((2, 3 * units) if gates == 3 else gates * units)
    if gates == 4:
        columns = hidden.reshape(len(hidden), 4, units)[:, _KERAS_ORDER]
        hidden = columns.reshape(len(hidden), 4 * units)
        bias[units : 2 * units] = 1.0
    return [hidden[:features], hidden[features:], bias, output, np.zeros(outputs)]
