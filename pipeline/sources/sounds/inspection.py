"""Check one clip: the file is complete, it decodes to its end, and every sample is finite.

Nothing here depends on a protocol: a clip of 0.05 s, of six channels or of 192 kHz is usable.
"""

import errno
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from pipeline.base.files import digest
from pipeline.sources.sounds.clips import Clip, Rejected
from pipeline.sources.sounds.metadata import CLASSES, Row

BLOCK = 1 << 16  # frames decoded at a time, so that a long file takes no more memory than a short one
UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # written by recorders that do not know the length yet
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Job:
    """A file to copy (or `move`) from `path` to `target` and to inspect there; `md5` if published."""

    row: Row
    path: Path
    target: Path
    move: bool = False
    md5: str | None = None


class UnusableError(Exception):
    """The reason why a file is not a usable clip."""


def take(job: Job) -> Clip | Rejected:
    """Copy or move one file and inspect the result; an unusable one is removed from the target."""
    try:
        _place(job)
        return _inspect(job)
    except UnusableError as reason:
        job.target.unlink(missing_ok=True)
        return Rejected(job.row.name, job.row.fold, str(reason))


def _place(job: Job) -> None:
    if job.move:
        job.path.replace(job.target)
        return
    try:
        shutil.copyfile(job.path, job.target)
    except OSError as error:
        if error.errno in FULL:
            raise OSError(error.errno, error.strerror, str(job.target)) from None
        raise UnusableError(f"cannot be read: {error.strerror}") from None


def _inspect(job: Job) -> Clip:
    if job.target.stat().st_size == 0:
        raise UnusableError("empty file")
    if job.md5 is None:
        expect_whole(job.target)
    else:
        # A file with the published checksum is complete, whatever its header says.
        _expect_md5(job.target, job.md5)
    rate, subtype, channels, frames = decode(job.target)
    row = job.row
    name = CLASSES[row.class_id]
    sha256 = digest(job.target)
    return Clip(row.name, row.fold, name, row.class_id, row.recording, rate, subtype, channels, frames, sha256)


def _expect_md5(path: Path, expected: str) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "md5").hexdigest()
    if found != expected:
        raise UnusableError(f"checksum differs: expected md5 {expected}, found {found}")


def expect_whole(path: Path) -> None:
    """Raise UnusableError if a RIFF file is shorter than its header promises; libsndfile would just read less."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if len(head) < 8 or head[:4] not in (b"RIFF", b"RIFX"):
        return
    promised = int.from_bytes(head[4:], "little" if head[:4] == b"RIFF" else "big")
    size = path.stat().st_size
    if promised not in UNKNOWN_SIZES and promised + 8 > size:
        raise UnusableError(f"truncated: header promises {promised + 8} bytes, file has {size}")


def decode(path: Path) -> tuple[int, str, int, int]:
    """Decode a sound file to its end. Returns (rate in Hz, subtype, channels, frames); raises UnusableError."""
    try:
        with soundfile.SoundFile(path) as sound:
            frames = sum(len(block) for block in _blocks(sound))
            rate, subtype, channels, promised = sound.samplerate, sound.subtype, sound.channels, sound.frames
    except soundfile.LibsndfileError as error:
        raise UnusableError(f"cannot be decoded: {error.error_string.strip().rstrip('.')}") from None
    if frames == 0:
        raise UnusableError("no samples")
    if frames < promised:
        raise UnusableError(f"cannot be decoded: only {frames} of {promised} frames")
    return rate, subtype, channels, frames


def _blocks(sound: soundfile.SoundFile) -> Iterator[np.ndarray]:
    # float64: in float32 a large but finite sample of a 64-bit file would become infinite
    while len(block := sound.read(BLOCK, dtype="float64", always_2d=True)):
        if not np.isfinite(block).all():
            raise UnusableError("contains NaN or infinity")
        yield block
