"""Augmentation of log-mel clips in training: another room, microphone or moment."""

from typing import Any

import numpy as np
from keras import ops

from pipeline.spec.augmentation import Augmentation
from pipeline.training.draws import Draws

KNOTS = 4  # of the equalizer, evenly spaced over the bands


def _equalize(clips: Any, options: Augmentation, draws: Draws) -> Any:
    rows, bands = ops.shape(clips)[0], clips.shape[2]
    places = np.linspace(0, KNOTS - 1, bands)[None] - np.arange(KNOTS)[:, None]
    between = ops.convert_to_tensor(np.maximum(0, 1 - np.abs(places)), clips.dtype)
    curve = options.equalizer * draws.up_or_down(rows, KNOTS) @ between
    return clips + curve[:, None] + options.gain * draws.up_or_down(rows, 1, 1)


def _roll(clips: Any, draws: Draws) -> Any:
    steps = clips.shape[1]
    begin = ops.cast(draws.uniform(ops.shape(clips)[0], 1) * steps, "int32")
    return ops.take_along_axis(clips, ((begin + ops.arange(steps)) % steps)[:, :, None], axis=1)


def _shift(clips: Any, most: int, draws: Draws) -> Any:
    bands = clips.shape[2]
    by = ops.cast(ops.round(most * draws.up_or_down(ops.shape(clips)[0], 1)), "int32")
    places = ops.clip(by + ops.arange(bands), 0, bands - 1)
    return ops.take_along_axis(clips, places[:, None, :], axis=2)


def augment(clips: Any, options: Augmentation, draws: Draws) -> Any:
    """Vary clips (batch, timesteps, bands) in dB, as if from another room, microphone or moment.

    Clips start at a random step (`roll`); bands move up or down by at most `band_shift` places; loudness (`gain`) and
    timbre (`equalizer`: dB at KNOTS places, linear in between) change.
    """
    clips = _roll(clips, draws) if options.roll else clips
    clips = _shift(clips, options.band_shift, draws) if options.band_shift else clips
    return _equalize(clips, options, draws)
