"""The front end for whole clips: standardised log-mel bands and, if asked for, MFCC statistics per block.

A random forest reads the mean, deviation, change and maximum of a whole clip's MFCCs; here they are computed for every
block of steps, which leaves the order of the blocks to the recurrent layer.
"""

from functools import reduce
from typing import Any

import keras
import numpy as np
import scipy.fft
from keras import ops

from pipeline.spec.data import ABSENT, Data
from pipeline.spec.frontend import FrontEnd

_AT_ONCE = 256  # clips


@keras.saving.register_keras_serializable("reprise")
class MFCCStatistics(keras.layers.Layer):
    """Mean, deviation, mean change and maximum of the first MFCCs in each block of `steps` steps.

    (batch, timesteps, bands) becomes (batch, timesteps // steps, 4 * coefficients); an incomplete last block is
    dropped. MFCCs are the orthonormal DCT-II of log-mel bands.
    """

    def __init__(self, steps: int, coefficients: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps, self.coefficients = steps, coefficients

    def call(self, clips: Any) -> Any:
        blocks, bands = clips.shape[1] // self.steps, clips.shape[2]
        basis = scipy.fft.dct(np.eye(bands), axis=0, norm="ortho")[: self.coefficients].T
        mfcc = clips[:, : blocks * self.steps] @ ops.convert_to_tensor(basis, clips.dtype)
        change = ops.abs(ops.concatenate([mfcc[:, 1:] - mfcc[:, :-1], ops.zeros_like(mfcc[:, :1])], axis=1))
        both = ops.reshape(ops.stack([mfcc, change]), (2, -1, blocks, self.steps, self.coefficients))
        spread = ops.sqrt(ops.var(both[0], axis=2) + 1e-3)
        means = ops.mean(both, axis=3)
        return ops.concatenate([means[0], spread, means[1], ops.max(both[0], axis=2)], axis=2)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "steps": self.steps, "coefficients": self.coefficients}


@keras.saving.register_keras_serializable("reprise")
class Standardization(keras.layers.Layer):
    """Subtract the mean of each feature and divide by its deviation, both non-trainable weights (see `_fit_scale`)."""

    def build(self, shape: Any) -> None:
        self.mean = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(shape=shape[-1:], initializer="ones", trainable=False, name="deviation")

    def call(self, steps: Any) -> Any:
        """Standardise the steps, keeping their shape."""
        return (steps - self.mean) / self.deviation


def _fit_scale(layers: list[Any], data: Data) -> Standardization:
    """Fit the scale to the outputs of `layers` for the rows of the first epoch."""
    rows = data.train(1)[data.train(1) != ABSENT]

    def transformed(some: np.ndarray) -> np.ndarray:
        steps = np.asarray(reduce(lambda steps, layer: layer(steps), layers, data.sequences[some]))
        return steps.reshape(-1, steps.shape[-1]).astype(np.float64)

    found = np.concatenate([transformed(some) for some in np.array_split(rows, -(-len(rows) // _AT_ONCE))])
    scale = Standardization()
    scale.build((None, None, found.shape[1]))
    scale.set_weights([found.mean(axis=0), np.maximum(found.std(axis=0), 1e-3)])
    return scale


def clip_layers(front: FrontEnd, data: Data) -> list[Any]:
    """Build the first layers for clips; they are scaled by the clips without augmentation."""
    average = [keras.layers.AveragePooling1D(front.average_steps)] if front.average_steps > 1 else []
    found = [*average, _fit_scale(average, data)]
    if front.mfcc:
        # Augmented and mixed blocks differ in scale from plain clips: normalise by the batch, without learned weights.
        scale = keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-5, center=False, scale=False, name="blocks")
        found += [MFCCStatistics(front.mfcc.steps, front.mfcc.coefficients), scale]
    return found
