"""Ogg without chance: the same sound gives the same bytes, and still plays."""

import io
import struct

import numpy as np
import pytest
import soundfile

from pipeline.report.ogg import checksum, steady
from pipeline.sources.generated.song import as_sound


def serials(sound):
    found, at = [], sound.find(b"OggS")
    while at >= 0:
        found.append(struct.unpack_from("<I", sound, at + 14)[0])
        at = sound.find(b"OggS", at + 1)
    return found


def test_the_serial_number_is_always_the_same_and_the_sound_is_too():
    sound = as_sound(["g8", "e4"] * 20, "OGG")
    made = steady(sound)
    assert set(serials(made)) == {1} and len(made) == len(sound)
    assert made == steady(made)
    assert np.array_equal(soundfile.read(io.BytesIO(made))[0], soundfile.read(io.BytesIO(sound))[0])


def test_another_serial_number_leaves_no_trace():
    sound = bytearray(as_sound(["c8"], "OGG"))
    before = steady(bytes(sound))
    at = sound.find(b"OggS")
    sound[at + 14 : at + 18] = b"\1\2\3\4"
    assert steady(bytes(sound)) == before


def test_the_checksum_is_that_of_the_container():
    sound = as_sound(["c8"], "OGG")
    end = sound.find(b"OggS", 4)
    page = sound[:22] + bytes(4) + sound[26:end]
    assert checksum(page) == struct.unpack_from("<I", sound, 22)[0]


def test_what_is_no_ogg_is_refused():
    with pytest.raises(ValueError, match="byte 0 of the sound begins no Ogg page"):
        steady(b"RIFF....")
