"""Check one clip: the file is complete, it decodes to its end, and every sample is a number of a sensible size.

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
from pipeline.sources.plain_files import fault as plain_fault
from pipeline.sources.plain_files import leads_out
from pipeline.sources.sounds import wholeness
from pipeline.sources.sounds.clips import Clip, Rejected
from pipeline.sources.sounds.metadata import CLASSES, Row
from pipeline.sources.sounds.wholeness import CHECKED

BLOCK = 1 << 16  # frames decoded at a time, so that a long file takes no more memory than a short one
RATES = 1_000, 1_000_000  # Hz
SECONDS = 600  # the clips of UrbanSound8K have 4 at most
VALUES = 1 << 27  # frames times channels: half a gigabyte in float32
LOUDEST = 2.0**31  # of full scale 1: some writers store integers of 32 bits as floats
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Job:
    """A file to copy (or `move`) from `path` to `target` and to inspect there; `md5` if published.

    Links may lead anywhere in the folders `roots`; without any they are followed wherever they lead.
    """

    row: Row
    path: Path
    target: Path
    move: bool = False
    md5: str | None = None
    roots: tuple[Path, ...] = ()


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
    if job.roots and leads_out(job.path, *job.roots):
        raise UnusableError("a link that leads out of the mirror, or nowhere")
    why = plain_fault(job.path, wholeness.BYTES)
    if why:
        raise UnusableError(why)
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
    if job.md5 is None:
        fault = wholeness.fault(job.target)
        if fault:
            raise UnusableError(fault)
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


def decode(path: Path) -> tuple[int, str, int, int]:
    """Decode a sound file to its end. Returns (rate in Hz, subtype, channels, frames); raises UnusableError."""
    try:
        with soundfile.SoundFile(path) as sound:
            _expect_sane(sound)
            frames = sum(len(block) for block in _blocks(sound))
            rate, subtype, channels, promised = sound.samplerate, sound.subtype, sound.channels, sound.frames
    except soundfile.LibsndfileError as error:
        raise UnusableError(f"cannot be decoded: {error.error_string.strip().rstrip('.')}") from None
    if frames == 0:
        raise UnusableError("no samples")
    if frames < promised:
        raise UnusableError(f"cannot be decoded: only {frames} of {promised} frames")
    if frames > promised:
        raise UnusableError(f"cannot be decoded: {frames} frames, header promises {promised}")
    return rate, subtype, channels, frames


def _expect_sane(sound: soundfile.SoundFile) -> None:
    """Raise UnusableError before anything is decoded if the header asks for absurd amounts of time or memory."""
    if sound.format not in CHECKED:
        raise UnusableError(f"container {sound.format} does not show whether it is whole; convert it to WAV")
    if not RATES[0] <= sound.samplerate <= RATES[1]:
        raise UnusableError(f"rate {sound.samplerate} Hz: expected {RATES[0]} to {RATES[1]}")
    if sound.frames > SECONDS * sound.samplerate:
        raise UnusableError(f"{sound.frames / sound.samplerate:.0f} s: at most {SECONDS} are read")
    if sound.frames * sound.channels > VALUES:
        raise UnusableError(f"{sound.frames} frames of {sound.channels} channels: at most {VALUES} values are read")


def _blocks(sound: soundfile.SoundFile) -> Iterator[np.ndarray]:
    # float64: in float32 a large but finite sample of a 64-bit file would become infinite
    decoded = 0
    while len(block := sound.read(BLOCK, dtype="float64", always_2d=True)):
        if not np.isfinite(block).all():
            raise UnusableError("contains NaN or infinity")
        if (loudest := np.abs(block).max()) > LOUDEST:
            raise UnusableError(f"contains a sample of {loudest:.0e}; full scale is 1")
        decoded += block.size
        if decoded > VALUES:
            raise UnusableError(f"more than {VALUES} values")
        yield block
