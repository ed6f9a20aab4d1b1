"""Initial weights: the documents' own draw, N(0, 0.03) from numpy's legacy generator (protocols, section 3).

Every other draw gets a seed of its own, derived from the name of the layer.
"""

import numpy as np
from numpy.random import RandomState

from pipeline.spec.cells import CELLS

SPREAD = 0.030
FORGET, INPUT, OUTPUT, CANDIDATE = range(4)  # the order of the gates in the documents' matrix
_KERAS_ORDER = [INPUT, FORGET, CANDIDATE, OUTPUT]


def seed_of(seed: int, part: str) -> int:
    """Derive the seed of one part of a network, such as "lstm_2 kernel"; it does not depend on the other parts."""
    return int(np.random.SeedSequence([seed, *part.encode()]).generate_state(1)[0])


def draw_weights(
    random: RandomState, variant: str, features: int, units: int, outputs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the hidden matrix ([x, h] by gates side by side), then the output matrix, in the order of the documents.

    The hidden matrix of a variant without gates has no columns.
    """
    gates = len(CELLS[variant].gates) if variant in CELLS else 0
    hidden = random.normal(0, SPREAD, (features + units, gates * units))
    return hidden, random.normal(0, SPREAD, (units, outputs))


def in_keras_order(hidden: np.ndarray, features: int, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the hidden matrix into Keras' kernel and recurrent kernel, with the gates in Keras' order.

    The documents with these weights have no GRU; one can be drawn like this too, its gates already in Keras' order.
    """
    if hidden.shape[1] == 4 * units:
        hidden = hidden.reshape(-1, 4, units)[:, _KERAS_ORDER].reshape(len(hidden), 4 * units)
    return hidden[:features], hidden[features:]
