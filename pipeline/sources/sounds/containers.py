"""Whether a sound file has all the bytes that its header promises, for containers made of chunks or with a length.

libsndfile reads what there is and says nothing. Each function takes the bytes of the file from the container's magic
on, and finds a fault or none. Sources: the formats' own definitions, as libsndfile reads them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Bytes = bytes | memoryview
Check = Callable[[memoryview], str | None]

UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # of a RIFF, written by recorders that do not know the length yet
NO_LENGTH = "its header does not say how long the sound is"
STRAY = 4096  # bytes inside a RIFF that are no chunk: more of them are sound that would be lost
_PRINTABLE = re.compile(rb"[ -~]{4}")
_CHUNKS = (b"data", b"fmt ", b"LIST", b"fact", b"bext", b"cue ", b"SSND", b"COMM")


@dataclass(frozen=True)
class Chunk:
    """A chunk: its name, where its content starts, and how many bytes it promises."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def promised(start: int, size: int, length: int, what: str) -> str | None:
    """Say that content is cut off, if it is: `size` bytes from `start` on in a file of `length` bytes."""
    if start + size <= length:
        return None
    return f"truncated: {what} promises {size} bytes, file has {max(0, length - start)}"


def chunks(data: memoryview, start: int, order: str) -> Iterator[Chunk]:
    """Yield the chunks of a RIFF or IFF from `start` on, up to bytes that are no name."""
    while start + 8 <= len(data) and _PRINTABLE.fullmatch(data[start : start + 4]):
        size = int.from_bytes(data[start + 4 : start + 8], order)  # type: ignore[arg-type]
        found = Chunk(bytes(data[start : start + 4]), start + 8, size)
        yield found
        start = found.end
        if size % 2 and bytes(data[start : start + 4]) not in _CHUNKS:  # some writers leave out the padding
            start += 1


def of_riff(data: memoryview) -> str | None:
    """Check a RIFF (little-endian) or RIFX (big-endian) file."""
    order = "little" if data[:4] == b"RIFF" else "big"
    size = int.from_bytes(data[4:8], order)  # type: ignore[arg-type]
    if size not in UNKNOWN_SIZES and size + 8 > len(data):
        return f"truncated: header promises {size + 8} bytes, file has {len(data)}"
    found = list(chunks(data, 12, order))
    return _sound_of(found, b"data", data) or _stray(found, data, size)


def _sound_of(found: list[Chunk], name: bytes, data: memoryview, size: int | None = None) -> str | None:
    sounds = [chunk for chunk in found if chunk.name == name]
    if not sounds:
        return f"no chunk {name.decode()}"
    if len(sounds) > 1:
        return f"{len(sounds)} chunks {name.decode()}: only the first would be read"
    length = sounds[0].size if size is None else size
    if length == (0xFFFFFFFF if size is None else 0):
        return NO_LENGTH
    return promised(sounds[0].start, length, len(data), f"chunk {name.decode()}")


def _stray(found: list[Chunk], data: memoryview, size: int) -> str | None:
    stray = min(size + 8, len(data)) - found[-1].end
    if size not in UNKNOWN_SIZES and stray > STRAY:
        return f"{stray} bytes after the last chunk are no chunk"
    return NO_LENGTH if size in UNKNOWN_SIZES and not found[-1].size and len(data) > found[-1].end else None


def of_rf64(data: memoryview) -> str | None:
    """Check an RF64 or BW64 file; its 64-bit sizes are in the chunk ds64."""
    if data[12:16] != b"ds64" or len(data) < 36:
        return "no chunk ds64"
    riff, sound = (int.from_bytes(data[at : at + 8], "little") for at in (20, 28))
    if riff + 8 > len(data):
        return f"truncated: header promises {riff + 8} bytes, file has {len(data)}"
    found = []
    for chunk in chunks(data, 12, "little"):
        found.append(chunk)
        if chunk.name == b"data":  # its own size is 0xFFFFFFFF
            break
    return _sound_of(found, b"data", data, sound)


def of_w64(data: memoryview) -> str | None:
    """Check a Sony Wave64 file: names of 16 bytes, sizes of 8 that include the head, chunks aligned to 8."""
    size = int.from_bytes(data[16:24], "little")
    if size > len(data):
        return f"truncated: header promises {size} bytes, file has {len(data)}"
    start = 40
    while start + 24 <= len(data):
        size = int.from_bytes(data[start + 16 : start + 24], "little")
        if size < 24:
            break
        if data[start : start + 4] == b"data":
            return promised(start, size, len(data), "chunk data")
        start += -(-size // 8) * 8
    return "no chunk data"


def of_iff(data: memoryview) -> str | None:
    """Check an AIFF, AIFF-C or IFF 8SVX/16SV file."""
    size = int.from_bytes(data[4:8], "big")
    if size + 8 > len(data):
        return f"truncated: header promises {size + 8} bytes, file has {len(data)}"
    name = b"SSND" if data[8:11] == b"AIF" else b"BODY"
    return _sound_of(list(chunks(data, 12, "big")), name, data)


def of_caf(data: memoryview) -> str | None:
    """Check a Core Audio file: sizes of 8 bytes, -1 for a length that was not known."""
    start = 8
    while start + 12 <= len(data):
        size = int.from_bytes(data[start + 4 : start + 12], "big", signed=True)
        if data[start : start + 4] == b"data":
            return NO_LENGTH if size < 0 else promised(start + 12, size, len(data), "chunk data")
        if size < 0:
            break
        start += 12 + size
    return "no chunk data"


def of_au(data: memoryview) -> str | None:
    """Check a Sun/NeXT file, of either byte order."""
    order = "big" if data[:4] == b".snd" else "little"
    start, size = (int.from_bytes(data[at : at + 4], order) for at in (4, 8))  # type: ignore[arg-type]
    return NO_LENGTH if size == 0xFFFFFFFF else promised(start, size, len(data), "header")


def of_nist(data: memoryview) -> str | None:
    """Check a NIST SPHERE file: lines of text such as `sample_count -i 66150`."""
    head = bytes(data[:1024]).decode("ascii", "replace")
    size = re.match(r"NIST_1A\s+(\d{1,9})\s", head)
    numbers = dict(re.findall(r"^(sample_count|channel_count|sample_n_bytes) -i (\d{1,12})\s*$", head, re.MULTILINE))
    if not size or "sample_count" not in numbers:
        return NO_LENGTH
    wanted = int(numbers["sample_count"])
    for name in ("channel_count", "sample_n_bytes"):
        wanted *= int(numbers.get(name, 1))
    return promised(int(size[1]), wanted, len(data), "header")
