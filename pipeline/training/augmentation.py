"""Augmentation of log-mel clips in training: another room, microphone or moment."""

from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.spec.augmentation import Augmentation
from pipeline.training.draws import Draws

KNOTS = 4  # of the equalizer, evenly spaced over the bands


def _equalize(clips: Any, options: Augmentation, draws: Draws) -> Any:
    rows, bands = tf.shape(clips)[0], clips.shape[2]
    places = np.linspace(0, KNOTS - 1, bands)[None] - np.arange(KNOTS)[:, None]
    between = tf.constant(np.maximum(0, 1 - np.abs(places)), clips.dtype)
    curve = options.equalizer * draws.up_or_down(rows, KNOTS) @ between
    return clips + curve[:, None] + options.gain * draws.up_or_down(rows, 1, 1)


def _roll(clips: Any, draws: Draws) -> Any:
    steps = clips.shape[1]
    begin = tf.cast(draws.uniform(tf.shape(clips)[0], 1) * steps, tf.int32)
    return tf.gather(clips, (begin + tf.range(steps)) % steps, axis=1, batch_dims=1)


def _shift(clips: Any, most: int, draws: Draws) -> Any:
    bands = clips.shape[2]
    by = tf.cast(tf.round(most * draws.up_or_down(tf.shape(clips)[0], 1)), tf.int32)
    places = tf.clip_by_value(by + tf.range(bands), 0, bands - 1)
    return tf.gather(clips, places, axis=2, batch_dims=1)


def augment(clips: Any, options: Augmentation, draws: Draws) -> Any:
    """Vary clips (batch, timesteps, bands) in dB, as if from another room, microphone or moment.

    Clips start at a random step (`roll`); bands move up or down by at most `band_shift` places; loudness (`gain`) and
    timbre (`equalizer`: dB at KNOTS places, linear in between) change.
    """
    clips = _roll(clips, draws) if options.roll else clips
    clips = _shift(clips, options.band_shift, draws) if options.band_shift else clips
    return _equalize(clips, options, draws)
