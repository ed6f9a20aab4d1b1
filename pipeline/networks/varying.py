"""Log-mel clips varied in training, so that a network does not learn a room, a microphone or a moment by heart."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

KNOTS = 4  # of the equaliser, evenly over the bands


@keras.saving.register_keras_serializable("reprise")
class Vary(keras.layers.Layer):
    """Clips as another room, microphone or moment might have given them, in training alone.

    Loudness (`gain`, dB up or down) and colour (`equaliser`, dB at KNOTS places, straight lines between) change; bands
    move up or down by `shift` places; the clip begins anywhere, its beginning behind its end (`roll`), and goes up to
    1 + `stretch` times as fast or as slow, from its beginning again where that leaves room; up to `bands` bands and
    `steps` steps next to each other give way to the clip's mean (SpecAugment, Park et al. 2019).
    """

    def __init__(
        self,
        gain: float = 0.0,
        equaliser: float = 0.0,
        shift: int = 0,
        bands: int = 0,
        steps: int = 0,
        roll: bool = False,
        stretch: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.gain, self.equaliser, self.shift, self.bands, self.steps = gain, equaliser, shift, bands, steps
        self.roll, self.stretch, self.seed = roll, stretch, seed
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

    def _played(self, clips: Any) -> Any:
        rows, steps = tf.shape(clips)[0], clips.shape[1]
        begin = tf.floor(self._uniform(rows, 1) * steps) if self.roll else tf.zeros((rows, 1))
        pace = tf.exp(math.log1p(self.stretch) * self._up_or_down(rows, 1)) if self.stretch else 1.0
        places = tf.cast(begin + pace * tf.range(steps, dtype=tf.float32), tf.int32) % steps
        return tf.gather(clips, places, axis=1, batch_dims=1)

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
        clips = self._played(clips) if self.roll or self.stretch else clips
        clips = self._coloured(self._shifted(clips) if self.shift else clips)
        rows, mean = tf.shape(clips)[0], tf.reduce_mean(clips, axis=(1, 2), keepdims=True)
        if self.bands:
            clips = tf.where(self._hidden(rows, clips.shape[2], self.bands)[:, None], mean, clips)
        if self.steps:
            clips = tf.where(self._hidden(rows, clips.shape[1], self.steps)[:, :, None], mean, clips)
        return clips

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        names = ("gain", "equaliser", "shift", "bands", "steps", "roll", "stretch", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
