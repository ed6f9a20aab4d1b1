"""Log-mel steps on their way to a network: standardised, and summed up block by block if asked.

What a forest of trees takes of a whole clip (mean, deviation, change and maximum of its cepstra) is taken of every
block of steps here, so that the order of the blocks is left for the recurrent layer.
"""

from functools import reduce
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import scipy.fft
import tensorflow as tf

from pipeline.spec.data import ABSENT, Data

if TYPE_CHECKING:
    from pipeline.experiments import Experiment

_AT_ONCE = 256  # clips


@keras.saving.register_keras_serializable("reprise")
class Segments(keras.layers.Layer):
    """Blocks of `steps` steps by mean, deviation, mean change and maximum of their first `cepstra` cepstra.

    (batch, timesteps, bands) becomes (batch, timesteps // steps, 4 * cepstra); a rest at the end is dropped. Cepstra
    are the orthonormal DCT-II over the bands; of log-mel bands that makes the MFCC.
    """

    def __init__(self, steps: int, cepstra: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps, self.cepstra = steps, cepstra

    def call(self, clips: Any) -> Any:
        """Return the blocks."""
        blocks, bands = clips.shape[1] // self.steps, clips.shape[2]
        basis = scipy.fft.dct(np.eye(bands), axis=0, norm="ortho")[: self.cepstra].T
        heard = clips[:, : blocks * self.steps] @ tf.constant(basis, clips.dtype)
        change = tf.abs(tf.concat([heard[:, 1:] - heard[:, :-1], tf.zeros_like(heard[:, :1])], axis=1))
        both = tf.reshape(tf.stack([heard, change]), (2, -1, blocks, self.steps, self.cepstra))
        spread = tf.sqrt(tf.math.reduce_variance(both[0], axis=2) + 1e-3)
        means = tf.reduce_mean(both, axis=3)
        return tf.concat([means[0], spread, means[1], tf.reduce_max(both[0], axis=2)], axis=2)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "steps": self.steps, "cepstra": self.cepstra}


@keras.saving.register_keras_serializable("reprise")
class Standardise(keras.layers.Layer):
    """Features less their mean, by their deviation: weights that no training changes (see `fit`)."""

    def build(self, shape: Any) -> None:
        """Make the weights."""
        self.mean = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(shape=shape[-1:], initializer="ones", trainable=False, name="deviation")

    def call(self, steps: Any) -> Any:
        """Return the standardised steps, of the same shape."""
        return (steps - self.mean) / self.deviation


def _fitted(layers: list[Any], data: Data) -> Standardise:
    """Return the scale of what layers make of the rows of the first epoch."""
    rows = data.train(1)[data.train(1) != ABSENT]

    def heard(some: np.ndarray) -> np.ndarray:
        steps = np.asarray(reduce(lambda steps, layer: layer(steps), layers, data.sequences[some]))
        return steps.reshape(-1, steps.shape[-1]).astype(np.float64)

    found = np.concatenate([heard(some) for some in np.array_split(rows, -(-len(rows) // _AT_ONCE))])
    scale = Standardise()
    scale.build((None, None, found.shape[1]))
    scale.set_weights([found.mean(axis=0), np.maximum(found.std(axis=0), 1e-3)])
    return scale


def hearing_front(experiment: "Experiment", data: Data) -> list[Any]:
    """Return the layers that clips go through first; their scale is that of the clips as they are, not varied."""
    together = [keras.layers.AveragePooling1D(experiment.together)] if experiment.together > 1 else []
    front = [*together, _fitted(together, data)]
    if experiment.segment:
        # Varied and mixed blocks have another scale than clips as they are: that of each batch, so it is not learned.
        scale = keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-5, center=False, scale=False, name="blocks")
        front += [Segments(experiment.segment, experiment.cepstra), scale]
    return front
