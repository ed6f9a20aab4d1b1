"""Ogg whose bytes depend on the sound alone: libsndfile draws the serial number of every stream at random."""

import struct
from functools import cache

_HEAD = struct.Struct("<4sBBqIII")  # capture pattern, version, flags, granule, serial, sequence, checksum
_POLYNOMIAL = 0x04C11DB7


def steady(sound: bytes) -> bytes:
    """Set the serial number of an Ogg file of one stream to 1, with the checksums of its pages."""
    pages, at = [], 0
    while at < len(sound):
        page = _page(sound, at)
        pages.append(_renumbered(page))
        at += len(page)
    return b"".join(pages)


def _page(sound: bytes, at: int) -> bytes:
    """Cut out the page that begins here. Raises ValueError if none does."""
    if sound[at : at + 4] != b"OggS":
        raise ValueError(f"byte {at} of the sound begins no Ogg page")
    segments = sound[at + _HEAD.size]
    start = at + _HEAD.size + 1
    return sound[at : start + segments + sum(sound[start : start + segments])]


def _renumbered(page: bytes) -> bytes:
    pattern, version, flags, granule, _, sequence, _ = _HEAD.unpack_from(page)
    rest = page[_HEAD.size :]
    blank = _HEAD.pack(pattern, version, flags, granule, 1, sequence, 0) + rest
    return _HEAD.pack(pattern, version, flags, granule, 1, sequence, checksum(blank)) + rest


def checksum(page: bytes) -> int:
    """Compute the checksum of a page, whose own checksum must be 0 in it (RFC 3533: a CRC that is not reflected)."""
    found, table = 0, _table()
    for byte in page:
        found = (found << 8) & 0xFFFFFFFF ^ table[found >> 24 ^ byte]
    return found


@cache
def _table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)
        return value & 0xFFFFFFFF

    return tuple(entry(byte << 24) for byte in range(256))
