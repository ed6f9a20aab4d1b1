"""A sound that was cut short, or treated as text, is not taken as whole, whatever its container."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.sources.sounds.inspection import UnusableError, decode
from pipeline.sources.sounds.streams import frame_size
from pipeline.sources.sounds.wholeness import fault

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.uniform(-0.5, 0.5, 3000)
SAMPLES = (NOISE * 32767).astype("<i2").tobytes()
CONTAINERS = [
    *[("WAV", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610")],
    *[("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("W64", "DOUBLE"), ("AU", "PCM_16"), ("AU", "FLOAT")],
    *[("AIFF", "PCM_16"), ("AIFF", "FLOAT"), ("CAF", "PCM_16"), ("CAF", "ALAC_16"), ("NIST", "PCM_16")],
    *[("SVX", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")],
]


def encoded(container: str = "WAV", subtype: str = "PCM_16", wave: np.ndarray = NOISE, **more: str) -> bytes:
    """Return the bytes of a sound file."""
    stream = io.BytesIO()
    soundfile.write(stream, wave, 48000 if subtype == "OPUS" else 44100, format=container, subtype=subtype, **more)
    return stream.getvalue()


def why(path: Path, content: bytes) -> str | None:
    """Return why a file is not usable, or None."""
    path.write_bytes(content)
    try:
        found = fault(path)
        if found is None:
            decode(path)
        return found
    except UnusableError as error:
        return str(error)


@pytest.mark.parametrize(("container", "subtype"), CONTAINERS)
def test_a_sound_cut_anywhere_is_not_whole(tmp_path, container, subtype):
    content = encoded(container, subtype)
    assert why(tmp_path / "a.wav", content) is None
    cuts = {*range(5, len(content), max(1, len(content) // 60)), len(content) - 1, len(content) // 2}
    for cut in sorted(cuts):
        found = why(tmp_path / "a.wav", content[:cut])
        assert found, (cut, len(content))


@pytest.mark.parametrize(
    ("container", "endian"), [("WAV", "BIG"), ("AIFF", "LITTLE"), ("AU", "LITTLE"), ("CAF", "LITTLE")]
)
def test_the_other_byte_order(tmp_path, container, endian):
    content = encoded(container, endian=endian)
    assert why(tmp_path / "a.wav", content) is None
    assert str(why(tmp_path / "a.wav", content[:-400])).startswith("truncated: ")


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    """Return a chunk of a RIFF file; `size` is what it promises."""
    return name + struct.pack("<I", len(content) if size is None else size) + content


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    """Return a RIFF file; `size` is what its head promises."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


FORMAT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 44100, 88200, 2, 16))
DATA = chunk(b"data", SAMPLES)
INFO = chunk(b"LIST", b"INFOISFT\x0e\0\0\0Lavf58.29.100\0")


@pytest.mark.parametrize(
    "content",
    [
        riff(INFO, FORMAT, DATA),
        riff(FORMAT, INFO, DATA, INFO),
        riff(chunk(b"bext", b"x" * 602), FORMAT, DATA, chunk(b"cue ", b"\0\0\0\0")),
        riff(FORMAT, DATA, size=0),
        riff(FORMAT, DATA, size=0xFFFFFFFF),
        riff(FORMAT, DATA, size=36),
        riff(FORMAT, DATA) + RANDOM.bytes(5000),  # behind the RIFF
        b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 10 + riff(FORMAT, DATA),
    ],
)
def test_unusual_heads_of_whole_sounds(tmp_path, content):
    assert why(tmp_path / "a.wav", content) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (
            riff(FORMAT, chunk(b"data", SAMPLES, 2 * len(SAMPLES))),
            "truncated: chunk data promises 12000 bytes, file has 6000",
        ),
        (
            riff(FORMAT, chunk(b"data", SAMPLES[:999], len(SAMPLES)), size=0),
            "truncated: chunk data promises 6000 bytes",
        ),
        (riff(FORMAT, chunk(b"data", SAMPLES[:1000])), None),
        (riff(FORMAT, chunk(b"data", SAMPLES, 900)), "5100 bytes after the last chunk are no chunk"),
        (riff(FORMAT, chunk(b"data", SAMPLES, 0), size=0), "its header does not say how long the sound is"),
        (riff(FORMAT, chunk(b"data", SAMPLES, 0xFFFFFFFF), size=0xFFFFFFFF), "its header does not say how long the so"),
        (riff(FORMAT, chunk(b"data", SAMPLES, 0x7FFFF000), size=0x7FFFF024), "truncated: header promises 2147479596"),
        (riff(FORMAT, chunk(b"data", SAMPLES[:3000]), chunk(b"data", SAMPLES[3000:])), "2 chunks data: only the first"),
        (riff(FORMAT), "no chunk data"),
        (b"RF64" + b"\xff" * 4 + b"WAVEds64" + b"\0" * 40, "no chunk data"),
        (b"fLaC" + b"\0" * 60, "its header does not say how long the sound is"),
        (
            b".snd" + struct.pack(">5I", 24, 0xFFFFFFFF, 3, 44100, 1) + SAMPLES,
            "its header does not say how long the so",
        ),
        (b"NIST_1A\n   1024\n" + b" " * 1008 + SAMPLES, "its header does not say how long the sound is"),
    ],
)
def test_heads_that_promise_too_much_or_nothing(tmp_path, content, said):
    assert (why(tmp_path / "a.wav", content) or "None").startswith(str(said))


@pytest.mark.parametrize("container", ["MAT5", "MAT4", "PAF", "IRCAM", "VOC", "PVF", "AVR", "HTK"])
def test_a_container_that_cannot_show_it(tmp_path, container):
    said = f"container {container} does not show whether it is whole; convert it to WAV"
    assert why(tmp_path / "a.wav", encoded(container)) == said


@pytest.mark.parametrize("container", ["WAV", "RF64", "W64", "AIFF", "CAF", "AU", "FLAC", "OGG", "MP3"])
def test_damage_by_a_transfer_as_text(tmp_path, container):
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(container, "PCM_16")
    content = encoded(container, subtype, np.tile(NOISE, 20))
    assert content.count(b"\n") > 8
    assert why(tmp_path / "a.wav", content.replace(b"\n", b"\r\n"))
    assert why(tmp_path / "a.wav", content.decode("latin-1").encode("utf-8"))
    assert why(tmp_path / "a.wav", content.replace(b"\r", b""))
    assert why(tmp_path / "a.wav", bytes(byte & 0x7F for byte in content))


def test_the_damage_is_named(tmp_path):
    content = riff(FORMAT, DATA, size=0)
    said = "damaged: every newline has a carriage return in front, as after a transfer in text mode"
    assert why(tmp_path / "a.wav", content.replace(b"\n", b"\r\n")) == said
    noise = RANDOM.integers(0, 256, 60_000, np.uint8).tobytes()
    merged = "damaged: newlines and carriage returns are the same, as after a conversion of text"
    for old, new in ((b"\n", b"\r"), (b"\r", b"\n")):
        assert why(tmp_path / "a.wav", riff(FORMAT, chunk(b"data", noise)).replace(old, new)) == merged
    content = bytes(byte & 0x7F for byte in riff(FORMAT, DATA, size=0))
    assert why(tmp_path / "a.wav", content) == "damaged: no byte has its highest bit, as after a transfer in 7 bits"
    text = riff(FORMAT, DATA).decode("latin-1").encode("utf-8")
    assert why(tmp_path / "a.wav", text) == "damaged: all of it is UTF-8 text, as after a conversion"


@pytest.mark.parametrize("hertz", [50, 100, 441, 440, 1000, 1225])
@pytest.mark.parametrize("loud", [0.0, 1e-4, 0.01, 0.5, 1.0])
def test_pure_tones_and_silence_are_not_damaged(tmp_path, hertz, loud):
    tone = loud * np.sin(2 * np.pi * hertz * np.arange(22_050) / 44_100)
    for subtype in ("PCM_16", "PCM_U8", "FLOAT", "ULAW"):
        assert why(tmp_path / "a.wav", encoded("WAV", subtype, tone)) is None


def test_an_ogg_of_which_whole_pages_are_missing(tmp_path):
    content = encoded("OGG", "VORBIS", np.tile(NOISE, 60))
    pages = [place for place in range(len(content)) if content.startswith(b"OggS", place)]
    assert len(pages) > 4
    for page in pages[1:]:
        found = str(why(tmp_path / "a.wav", content[:page]))
        assert found == "truncated: the last Ogg page is not the end of the stream"
    without = content[: pages[3]] + content[pages[4] :]
    assert why(tmp_path / "a.wav", without) == "truncated: page 3 of the Ogg stream is missing"


def test_an_mp3_of_which_frames_are_missing(tmp_path):
    content = encoded("MP3", "MPEG_LAYER_III", np.tile(NOISE, 20))
    assert content.find(b"Info") > 0 or content.find(b"Xing") > 0
    size = frame_size(memoryview(content))
    second = frame_size(memoryview(content)[size : size + 4])
    assert str(why(tmp_path / "a.wav", content[:size] + content[size + second :])).startswith(
        "truncated: header promises"
    )
    assert why(tmp_path / "a.wav", content[size:]) is not None  # without its first frame nothing says how long it is
    assert why(tmp_path / "a.wav", content[size:] + b"TAG" + b"\0" * 125) is None  # a tag marks the end
