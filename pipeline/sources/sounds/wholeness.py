"""Whether a sound file is whole: the container has what it promises, and nobody treated it as text."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.sources.sounds import containers, streams
from pipeline.sources.sounds.containers import Check

BYTES = 256_000_000  # of a file; ten minutes of two channels in 32 bits have 212
_FEW = 8  # newlines: that all have a carriage return by chance has a probability of 256 ** -8
_WIDE = 64  # bytes after the first of a character
_MANY = 64  # values of bytes; silence has a few
_MAGIC: Mapping[bytes, Check] = {
    b"RIFF": containers.of_riff,
    b"RIFX": containers.of_riff,
    b"RF64": containers.of_rf64,
    b"BW64": containers.of_rf64,
    b"riff": containers.of_w64,
    b"FORM": containers.of_iff,
    b"caff": containers.of_caf,
    b".snd": containers.of_au,
    b"dns.": containers.of_au,
    b"NIST": containers.of_nist,
    b"OggS": streams.of_ogg,
    b"fLaC": streams.of_flac,
}
CHECKED = (
    "WAV",
    "WAVEX",
    "RF64",
    "W64",
    "AIFF",
    "SVX",
    "CAF",
    "AU",
    "NIST",
    "OGG",
    "FLAC",
    "MP3",
)  # libsndfile's names


def fault(path: Path) -> str | None:
    """Find why a file is not whole, or None. Files that are no sound at all are left to the decoder."""
    content = path.read_bytes()
    if not content:
        return "empty file"
    data = memoryview(content)[id3_size(content) :]
    check = _MAGIC.get(bytes(data[:4]))
    if check is None and len(data) >= 4 and streams.frame_size(data[:4]):
        check = streams.of_mpeg
    return (_as_text(content) or check(data)) if check else None


def id3_size(data: bytes) -> int:
    """Count the bytes of an ID3v2 tag in front of a container."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    parts = data[6:10]
    return 10 + (parts[0] << 21 | parts[1] << 14 | parts[2] << 7 | parts[3])


def _as_text(content: bytes) -> str | None:
    """Find traces of a transfer or a conversion as text."""
    newlines, returns = content.count(b"\n"), content.count(b"\r")
    if newlines >= _FEW and content.count(b"\r\n") == newlines:
        return "damaged: every newline has a carriage return in front, as after a transfer in text mode"
    if content.isascii():
        seven = len(set(content)) > _MANY
        return "damaged: no byte has its highest bit, as after a transfer in 7 bits" if seven else None
    if not (newlines and returns) and _merged(content):
        return "damaged: newlines and carriage returns are the same, as after a conversion of text"
    try:
        wide = len(content) - len(content.decode("utf-8"))  # a sound is no UTF-8 unless it is all but silent
    except UnicodeDecodeError:
        return None
    return "damaged: all of it is UTF-8 text, as after a conversion" if wide > _WIDE else None


def _merged(content: bytes) -> bool:
    """Check whether every byte value occurs but one of the two, and the other far more often than those around it."""
    counts = np.bincount(np.frombuffer(content, np.uint8), minlength=256)
    if (counts == 0).sum() != 1:
        return False
    kept = 0x0A if counts[0x0A] else 0x0D
    around = max(int(counts[value]) for value in (kept - 1, kept + 1))
    return bool(counts[kept] > 1.5 * around)
