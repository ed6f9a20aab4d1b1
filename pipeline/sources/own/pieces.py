"""From one file to clips: decoded whatever its format, mixed to one channel, cut, and written as 16-bit WAV.

A file that cannot be used is left out with the reason; so are its silent parts.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from pipeline.base.files import digest
from pipeline.sources.own.listing import CLOSED, Listed
from pipeline.sources.plain_files import fault as plain_fault
from pipeline.sources.sounds import wholeness
from pipeline.sources.sounds.containers import NO_LENGTH
from pipeline.sources.sounds.inspection import RATES, VALUES, UnusableError

QUIET = 10 ** (-70 / 20)  # of full scale: what never exceeds it is silence
TAIL = 0.5  # of a clip's length: a shorter rest of a file is left out
SHORTEST = 0.02  # seconds
_UNFIT = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Piece:
    """A clip that was cut from a file: `name` is that of its WAV, `start` in seconds."""

    name: str
    label: str
    fold: str
    recording: str
    licence: str
    source: str
    start: float
    rate: int
    frames: int
    sha256: str


@dataclass(frozen=True)
class Cut:
    """What became of a file: its clips and the digest of its samples, or the reason why there are none."""

    listed: Listed
    pieces: tuple[Piece, ...] = ()
    content: str = ""
    silent: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Job:
    """A file to cut into clips of `seconds` below `folder`; `number` is its place in the listing."""

    listed: Listed
    number: int
    folder: Path
    seconds: float


def cut(job: Job) -> Cut:
    """Cut one file; nothing is written of a file that cannot be used."""
    try:
        samples, rate = read(job.listed.path)
    except UnusableError as reason:
        return Cut(job.listed, reason=str(reason))
    parts = list(parts_of(samples, rate, job.seconds))
    loud = [(start, part) for start, part in parts if np.abs(part).max() >= QUIET]
    if not loud:
        return Cut(job.listed, silent=len(parts), reason="silence only")
    pieces = tuple(_written(job, place, start, part, rate) for place, (start, part) in enumerate(loud))
    content = hashlib.sha256(_whole(samples).tobytes()).hexdigest()
    return Cut(job.listed, pieces, content, len(parts) - len(loud))


def read(path: Path) -> tuple[np.ndarray, int]:
    """Decode a file to one channel, (samples,) float32 within -1 to 1, and its rate. Raises UnusableError."""
    why = plain_fault(path, wholeness.BYTES)
    if why:
        raise UnusableError(why)
    if path.suffix.lower() in CLOSED:
        raise UnusableError(f"{path.suffix} cannot be decoded; convert it (ffmpeg -i {path.name} {path.stem}.flac)")
    if (broken := wholeness.fault(path)) and broken != NO_LENGTH:
        raise UnusableError(broken)
    try:
        with soundfile.SoundFile(path) as sound:
            return _mono(sound), sound.samplerate
    except soundfile.LibsndfileError as error:
        raise UnusableError(f"cannot be decoded: {error.error_string.strip().rstrip('.')}") from None


def _mono(sound: soundfile.SoundFile) -> np.ndarray:
    if not RATES[0] <= sound.samplerate <= RATES[1]:
        raise UnusableError(f"rate {sound.samplerate} Hz: expected {RATES[0]} to {RATES[1]}")
    blocks, values = [], 0
    while len(block := sound.read(1 << 16, dtype="float32", always_2d=True)):
        values += block.size
        if values > VALUES:
            raise UnusableError(f"more than {VALUES} values; cut it into shorter files")
        blocks.append(block.mean(axis=1))
    samples: np.ndarray = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    if len(samples) < SHORTEST * sound.samplerate:
        raise UnusableError(f"{len(samples) / sound.samplerate:.3f} s: at least {SHORTEST} are needed")
    if not np.isfinite(samples).all():
        raise UnusableError("contains NaN or infinity")
    return samples / max(1.0, float(np.abs(samples).max()))


def parts_of(samples: np.ndarray, rate: int, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
    """Cut samples into parts of so many seconds, each with its start; a short rest is left out unless it is all."""
    length = round(seconds * rate)
    for start in range(0, len(samples), length):
        part = samples[start : start + length]
        if start == 0 or len(part) >= TAIL * length:
            yield start / rate, part


def _whole(samples: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.round(samples * 32768).clip(-32768, 32767).astype(np.int16)  # a 16-bit file stays as it is
    return found


def _written(job: Job, place: int, start: float, part: np.ndarray, rate: int) -> Piece:
    one = job.listed
    stem = _UNFIT.sub("-", one.path.stem).strip("-")[:60] or "sound"
    path = job.folder / f"{job.number:05}-{stem}-{place}.wav"
    with path.open("wb") as stream:  # Python says what is wrong with a disk, libsndfile does not
        soundfile.write(stream, _whole(part), rate, format="WAV", subtype="PCM_16")
    return Piece(
        path.name, one.label, one.fold, one.recording, one.licence, one.where, start, rate, len(part), digest(path)
    )
