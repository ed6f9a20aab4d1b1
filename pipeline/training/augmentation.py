"""Log-mel clips varied in training, so that a network does not learn a room, a microphone or a moment by heart."""

from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.experiments import Varied
from pipeline.training.draws import Draws

KNOTS = 4  # of the equaliser, evenly over the bands


def _coloured(clips: Any, varied: Varied, draws: Draws) -> Any:
    rows, bands = tf.shape(clips)[0], clips.shape[2]
    places = np.linspace(0, KNOTS - 1, bands)[None] - np.arange(KNOTS)[:, None]
    between = tf.constant(np.maximum(0, 1 - np.abs(places)), clips.dtype)
    colour = varied.equaliser * draws.up_or_down(rows, KNOTS) @ between
    return clips + colour[:, None] + varied.gain * draws.up_or_down(rows, 1, 1)


def _rolled(clips: Any, draws: Draws) -> Any:
    steps = clips.shape[1]
    begin = tf.cast(draws.uniform(tf.shape(clips)[0], 1) * steps, tf.int32)
    return tf.gather(clips, (begin + tf.range(steps)) % steps, axis=1, batch_dims=1)


def _shifted(clips: Any, most: int, draws: Draws) -> Any:
    bands = clips.shape[2]
    by = tf.cast(tf.round(most * draws.up_or_down(tf.shape(clips)[0], 1)), tf.int32)
    places = tf.clip_by_value(by + tf.range(bands), 0, bands - 1)
    return tf.gather(clips, places, axis=2, batch_dims=1)


def _hidden(rows: Any, size: int, widest: int, draws: Draws) -> Any:
    """Return which of `size` places are hidden, (rows, size)."""
    width = draws.uniform(rows, 1) * widest
    first = draws.uniform(rows, 1) * (size - width)
    places = tf.range(size, dtype=tf.float32)
    return (places >= first) & (places < first + tf.floor(width))


def vary(clips: Any, varied: Varied, draws: Draws) -> Any:
    """Return clips (batch, timesteps, bands) in dB as another room, microphone or moment might have given them.

    Loudness (`gain`, dB up or down) and colour (`equaliser`, dB at KNOTS places, straight lines between) change; bands
    move up or down by `shift` places; the clip begins anywhere, its beginning behind its end (`roll`); up to `bands`
    bands and `steps` steps next to each other give way to the clip's mean (SpecAugment, Park et al. 2019).
    """
    clips = _rolled(clips, draws) if varied.roll else clips
    clips = _coloured(_shifted(clips, varied.shift, draws) if varied.shift else clips, varied, draws)
    rows, mean = tf.shape(clips)[0], tf.reduce_mean(clips, axis=(1, 2), keepdims=True)
    if varied.bands:
        clips = tf.where(_hidden(rows, clips.shape[2], varied.bands, draws)[:, None], mean, clips)
    if varied.steps:
        clips = tf.where(_hidden(rows, clips.shape[1], varied.steps, draws)[:, :, None], mean, clips)
    return clips
