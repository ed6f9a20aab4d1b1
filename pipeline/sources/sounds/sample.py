"""The built-in sample: ten classes of synthesised sound in UrbanSound8K's own layout, for machines without the data.

As in the original, a recording gives several slices and is never split over two folds. The same params give the same
bytes. A result on the sample is never compared with a claim.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.random import Generator, default_rng

from pipeline.base.console import track
from pipeline.base.files import whole_file
from pipeline.sources.sounds.metadata import CLASSES, COLUMNS
from pipeline.sources.sounds.synthesis import RATE, RECIPES, Recipe, coloured
from pipeline.spec.sounds import Sample

SEED = 8732
PEAK = 30000  # the highest peak of a clip, of 32767
STEREO = 0.3  # share of recordings with two channels
NOISE_DB = (-14.0, 8.0)  # level of the noise relative to the sound


@dataclass(frozen=True)
class Slice:
    """One clip to synthesise: the slice `part` of a recording, the `number`-th of its class and fold."""

    fold: int
    class_id: int
    number: int
    part: int
    recording: int

    @property
    def name(self) -> str:
        """The file name, [fsID]-[classID]-[occurrenceID]-[sliceID].wav."""
        return f"{self.recording}-{self.class_id}-0-{self.part}.wav"


def plan(sample: Sample) -> list[Slice]:
    """List every clip of the sample; no two recordings have the same id."""
    recordings = [
        (fold, class_id, number)
        for fold in range(1, sample.folds + 1)
        for class_id in range(len(CLASSES))
        for number in range(sample.recordings)
    ]
    ids = default_rng(SEED).permutation(len(recordings)) * 13 + 300_000
    return [
        Slice(*place, part, int(recording))
        for place, recording in zip(recordings, ids, strict=True)
        for part in range(sample.slices)
    ]


def write(root: Path, sample: Sample) -> None:
    """Write audio/foldN/NAME.wav (44,100 Hz, 16 bit, mono or stereo) and metadata/UrbanSound8K.csv below `root`."""
    slices = plan(sample)
    for fold in range(1, sample.folds + 1):
        (root / "audio" / f"fold{fold}").mkdir(parents=True)
    samples = round(sample.seconds * RATE)
    for one in track(slices, "synthesise the sample", len(slices)):
        path = root / "audio" / f"fold{one.fold}" / one.name
        path.write_bytes(_wav(synthesise(one, samples)))
    with whole_file(root / "metadata" / "UrbanSound8K.csv") as path:
        _write_metadata(path, slices, sample.seconds)


def _wav(wave: np.ndarray) -> bytes:
    # In memory first: for a full disk soundfile says only "System error", Python says what is wrong.
    sound = io.BytesIO()
    soundfile.write(sound, wave, RATE, format="WAV", subtype="PCM_16")
    return sound.getvalue()


def synthesise(one: Slice, samples: int) -> np.ndarray:
    """Synthesise the clip as int16 [samples] or [samples, 2]."""
    voice = default_rng([SEED, one.fold, one.class_id, one.number])
    moment = default_rng([SEED, one.fold, one.class_id, one.number, one.part])
    stereo = voice.uniform() < STEREO
    wave = _mixed(RECIPES[CLASSES[one.class_id]], voice, moment, np.arange(samples) / RATE)
    if stereo:
        # the right channel is 0.3 ms later and softer
        wave = np.stack([wave, 0.8 * np.roll(wave, 13)], axis=1)
    loud = PEAK * moment.uniform(0.2, 1.0)
    return np.round(wave / np.abs(wave).max() * loud).astype(np.int16)


def _mixed(recipe: Recipe, voice: Generator, moment: Generator, t: np.ndarray) -> np.ndarray:
    sound = recipe(voice, moment, t)
    noise = coloured(moment, len(t), 100, voice.uniform(6000, 20000), voice.uniform(0.0, 1.2))
    level = 10 ** (moment.uniform(*NOISE_DB) / 20)
    return sound / sound.std() + level * noise / noise.std()


def _write_metadata(path: Path, slices: list[Slice], seconds: float) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in slices:
            start = one.part * seconds / 2
            times = (start, start + seconds)
            writer.writerow((one.name, one.recording, *times, 1, one.fold, one.class_id, CLASSES[one.class_id]))
