"""Folders of tiny made sounds, as a person might have them."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 8000
PITCHES = {"high": 1800.0, "low": 300.0, "mid": 900.0}


def tone(label: str, number: int, seconds: float = 0.5) -> np.ndarray:
    """A tone of a class, a little other for each number."""
    t = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng([len(label), number]).normal(0, 0.05, len(t))
    wave: np.ndarray = 0.4 * np.sin(2 * np.pi * PITCHES[label] * (1 + number / 100) * t) + noise
    return wave


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write a sound in the format of its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.round(32767 * samples).astype(np.int16)  # formats round a float differently
    soundfile.write(path, whole, rate)
    return path


def folder(place: Path, labels: tuple[str, ...] = ("high", "low", "mid"), count: int = 6) -> Path:
    """A folder of classes, `count` files each: wav, flac and ogg in turn."""
    for label in labels:
        for number in range(count):
            suffix = ("wav", "flac", "ogg")[number % 3]
            write(place / label / f"{label} {number}.{suffix}", tone(label, number))
    return place
