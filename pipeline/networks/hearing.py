"""Log-mel steps on their way to a network: varied in training, then summed up block by block, then standardised.

What a forest of trees takes of a whole clip (mean, deviation, change and maximum of its cepstra) is taken of every
block of steps here, so that the order of the blocks is left for the recurrent layer.
"""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import scipy.fft
import tensorflow as tf

from pipeline.training.data import ABSENT, Data

if TYPE_CHECKING:
    from pipeline.experiments import Varied

KNOTS = 4  # of the equaliser, evenly over the bands
_STATISTICS = 4


@keras.saving.register_keras_serializable("reprise")
class Vary(keras.layers.Layer):
    """Clips as another room, microphone or moment might have given them, in training alone.

    Loudness (`gain`, dB up or down) and colour (`equaliser`, dB at KNOTS places, straight lines between) change; bands
    move up or down by `shift` places; the clip begins anywhere, its beginning behind its end (`roll`); up to `bands`
    bands and `steps` steps next to each other give way to the clip's mean (SpecAugment, Park et al. 2019).
    """

    def __init__(
        self,
        gain: float = 0.0,
        equaliser: float = 0.0,
        shift: int = 0,
        bands: int = 0,
        steps: int = 0,
        roll: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.gain, self.equaliser, self.shift, self.bands, self.steps = gain, equaliser, shift, bands, steps
        self.roll, self.seed = roll, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def _uniform(self, *shape: Any) -> Any:
        """Return numbers from 0 to 1, drawn anew."""
        seed = tf.cast(tf.math.floormod(self.seed_generator.next(), tf.int32.max - 1), tf.int32)
        return tf.random.stateless_uniform(shape, seed, alg="philox")

    def _up_or_down(self, *shape: Any) -> Any:
        return 2 * self._uniform(*shape) - 1

    def _coloured(self, clips: Any) -> Any:
        rows, bands = tf.shape(clips)[0], clips.shape[2]
        places = np.linspace(0, KNOTS - 1, bands)[None] - np.arange(KNOTS)[:, None]
        between = tf.constant(np.maximum(0, 1 - np.abs(places)), clips.dtype)
        colour = self.equaliser * self._up_or_down(rows, KNOTS) @ between
        return clips + colour[:, None] + self.gain * self._up_or_down(rows, 1, 1)

    def _rolled(self, clips: Any) -> Any:
        steps = clips.shape[1]
        begin = tf.cast(self._uniform(tf.shape(clips)[0], 1) * steps, tf.int32)
        return tf.gather(clips, (begin + tf.range(steps)) % steps, axis=1, batch_dims=1)

    def _shifted(self, clips: Any) -> Any:
        bands = clips.shape[2]
        by = tf.cast(tf.round(self.shift * self._up_or_down(tf.shape(clips)[0], 1)), tf.int32)
        places = tf.clip_by_value(by + tf.range(bands), 0, bands - 1)
        return tf.gather(clips, places, axis=2, batch_dims=1)

    def _hidden(self, rows: Any, size: int, widest: int) -> Any:
        """Return which of `size` places are hidden, (rows, size)."""
        width = self._uniform(rows, 1) * widest
        first = self._uniform(rows, 1) * (size - width)
        places = tf.range(size, dtype=tf.float32)
        return (places >= first) & (places < first + tf.floor(width))

    def call(self, clips: Any, training: Any = False) -> Any:
        """Return clips (batch, timesteps, bands) in dB as they were, or varied."""
        if not training:
            return clips
        clips = self._rolled(clips) if self.roll else clips
        clips = self._coloured(self._shifted(clips) if self.shift else clips)
        rows, mean = tf.shape(clips)[0], tf.reduce_mean(clips, axis=(1, 2), keepdims=True)
        if self.bands:
            clips = tf.where(self._hidden(rows, clips.shape[2], self.bands)[:, None], mean, clips)
        if self.steps:
            clips = tf.where(self._hidden(rows, clips.shape[1], self.steps)[:, :, None], mean, clips)
        return clips

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        names = ("gain", "equaliser", "shift", "bands", "steps", "roll", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


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


def segment_front(data: Data, vary: "Varied", steps: int, cepstra: int, seed: int) -> list[Any]:
    """Return the layers, the last fitted on the rows of the first epoch, as they are before they are varied."""
    segments, standard = Segments(steps, cepstra), Standardise()
    rows = data.train(1)[data.train(1) != ABSENT]
    parts = [segments(data.sequences[some]).numpy() for some in np.array_split(rows, -(-len(rows) // 256))]
    found = np.concatenate(parts).reshape(-1, _STATISTICS * cepstra).astype(np.float64)
    standard.build((None, None, found.shape[1]))
    standard.set_weights([found.mean(axis=0), np.maximum(found.std(axis=0), 1e-3)])
    return [Vary(**vary.model_dump(), seed=seed), segments, standard]
