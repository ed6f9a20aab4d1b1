"""A clip as Ogg Vorbis, which browsers play and which is a tenth of the wav: ten seconds at most, in 8 to 48 kHz.

libvorbis ends the process, without an exception, at rates above 200 kHz and when it gets minutes of sound at once; so
what it gets is resampled, cut, in the range -1 to 1, and in blocks.
"""

import io
from pathlib import Path

import numpy as np
import soundfile
import soxr

SECONDS = 10
RATES = 8_000, 48_000  # Hz
BLOCK = 4096  # frames written at a time


def as_ogg(path: Path) -> bytes:
    """Encode the beginning of a clip. Raises SoundFileError or another exception if it cannot be read or encoded."""
    with soundfile.SoundFile(path) as clip:
        rate = clip.samplerate
        samples = clip.read(min(clip.frames, SECONDS * rate), dtype="float32", always_2d=True)
    if not len(samples):
        raise ValueError("it has no samples")
    return encoded(*playable(samples, rate))


def playable(samples: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """Mix more than two channels to one, resample to a rate that browsers play, and clip. Returns (samples, rate)."""
    if samples.shape[1] > 2:
        samples = samples.mean(axis=1, keepdims=True)
    samples = np.nan_to_num(samples, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
    played = min(max(rate, RATES[0]), RATES[1])
    if played != rate:
        samples = soxr.resample(samples, rate, played)
    return samples.clip(-1.0, 1.0).astype(np.float32), played


def encoded(samples: np.ndarray, rate: int) -> bytes:
    """Encode samples (frames, channels) as Ogg Vorbis."""
    sound = io.BytesIO()
    with soundfile.SoundFile(sound, "w", rate, samples.shape[1], format="OGG", subtype="VORBIS") as stream:
        for start in range(0, len(samples), BLOCK):
            stream.write(samples[start : start + BLOCK])
    return sound.getvalue()
