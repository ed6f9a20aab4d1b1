"""A song as notes: the document's codes, its windows, and a sound to listen to (document 002; protocols 5.1 and 5.2).

A note is a letter and its length: `g8` is an eighth g, `e4` a quarter e. The document's song is a Korean nursery rhyme.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import soundfile

SONG = (
    "g8 e8 e4 f8 d8 d4 c8 d8 e8 f8 g8 g8 g4 g8 e8 e8 e8 f8 d8 d4 c8 e8 g8 g8 e8 e8 e4 "
    "d8 d8 d8 d8 d8 e8 f4 e8 e8 e8 e8 e8 f8 g4 g8 e8 e4 f8 d8 d4 c8 e8 g8 g8 e8 e8 e4"
)
CODES = [f"{letter}{length}" for length in "48" for letter in "cdefgab"]  # the document's code2idx, in the same order
LARGEST_CODE, LARGEST_PITCH = 13.0, 6.0  # what the document divides by
_SEMITONES = dict(zip("cdefgab", (0, 2, 4, 5, 7, 9, 11), strict=True))
_C4, _RATE, _QUARTER = 261.626, 16_000, 0.5  # Hz, Hz, seconds


def read_notes(text: str, window: int) -> list[str]:
    """Parse the notes of a song. Raises ValueError for an unknown note, or too few to fill a window and a target."""
    notes = text.split()
    unknown = [note for note in notes if note not in CODES]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not a note; known: {', '.join(CODES)}")
    if len(notes) <= window:
        raise ValueError(f"{len(notes)} notes are too few for a window of {window} and the next note")
    return notes


def as_features(note: str, features: int) -> list[float]:
    """Encode a note: its code / 13, or pitch / 6 and length (quarter 0, eighth 1)."""
    if features == 1:
        return [CODES.index(note) / LARGEST_CODE]
    return ["cdefgab".index(note[0]) / LARGEST_PITCH, float(note[1] == "8")]


def dataset(notes: Sequence[str], window: int) -> np.ndarray:
    """Build the codes of every window and of the next note, (windows, window + 1) int32."""
    codes = np.array([CODES.index(note) for note in notes], np.int32)
    return np.lib.stride_tricks.sliding_window_view(codes, window + 1).copy()


def best_without_memory(table: np.ndarray) -> int:
    """Count how many notes a model that sees one window and remembers nothing can get right at most."""
    following: dict[bytes, Counter[int]] = defaultdict(Counter)
    for row in table:
        following[row[:-1].tobytes()][int(row[-1])] += 1
    return sum(max(counts.values()) for counts in following.values())


def as_sound(notes: Sequence[str], form: str = "WAV") -> bytes:
    """Synthesise the notes as WAV (16 bit) or OGG: mono, 16,000 Hz, soft sines, half a second per quarter note."""
    sound = io.BytesIO()
    soundfile.write(sound, np.concatenate([_tone(note) for note in notes]), _RATE, format=form)
    return sound.getvalue()


def _tone(note: str) -> np.ndarray:
    seconds = _QUARTER * (1.0 if note[1] == "4" else 0.5)
    time = np.arange(int(seconds * _RATE)) / _RATE
    pitch = _C4 * 2 ** (_SEMITONES[note[0]] / 12)
    envelope = np.minimum(1, 40 * time) * np.minimum(1, 25 * (seconds - time))
    return 0.3 * envelope * (np.sin(2 * np.pi * pitch * time) + 0.3 * np.sin(4 * np.pi * pitch * time))
