"""Damaged files of every kind end in success or a typed error, in bounded time and memory, and without a NaN."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.features.signals import read_channel_0, read_mean
from pipeline.sources.cards import fetched, read_card
from pipeline.sources.climate.document import NAME
from pipeline.sources.climate.originals import unpacked
from pipeline.sources.climate.station_csv import header_fault, parse
from pipeline.sources.flat_arrays import read_arrays
from pipeline.sources.images.idx import read_idx
from pipeline.sources.images.images import Images
from pipeline.sources.images.images import read as read_images
from pipeline.sources.images.images import write as write_images
from pipeline.sources.sounds.clips import Clip
from pipeline.sources.sounds.inspection import Job, take
from pipeline.sources.sounds.metadata import COLUMNS, Row, read
from pipeline.sources.sounds.originals import checksums, unpack
from pipeline.sources.texts.mirror import read_flat
from pipeline.sources.texts.word_index import read_topics, read_words
from pipeline.tracking.playable import as_ogg
from tests.made_originals import TRAIN, WORDS, csv, flat, idx, weather
from tests.poison import rounds, typed

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, (700, 2))
SOUNDS = [
    *[
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("WAV", "IMA_ADPCM"),
        ("WAVEX", "DOUBLE"),
        ("RF64", "PCM_16"),
    ],
    *[
        ("W64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("CAF", "ALAC_16"),
        ("AU", "FLOAT"),
        ("NIST", "PCM_16"),
        ("SVX", "PCM_16"),
    ],
    *[("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("WAV", "GSM610")],
]
ROW = Row("1-3-0-0.wav", 1, 3, 1)


def sound(container: str, subtype: str) -> bytes:
    """Return a sound file; containers of one channel get one."""
    stream, mono = io.BytesIO(), subtype in ("GSM610",) or container == "SVX"
    soundfile.write(stream, NOISE[:, :1] if mono else NOISE, 48000, format=container, subtype=subtype)
    return stream.getvalue()


def npz() -> bytes:
    """Return an npz of texts as a mirror has it."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **flat("", TRAIN))
    return stream.getvalue()


def archive() -> bytes:
    """Return a zip with the csv of the climate."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(NAME, csv(weather(20)))
    return stream.getvalue()


def tar(mode: str = "w:gz") -> bytes:
    """Return an archive of sounds."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as packed:  # type: ignore[call-overload]
        for name in ("UrbanSound8K/audio/fold1/a.wav", "UrbanSound8K/metadata/UrbanSound8K.csv", f"x/{'y' * 200}"):
            member = tarfile.TarInfo(name)
            member.size = 600
            packed.addfile(member, io.BytesIO(bytes(600)))
    return stream.getvalue()


METADATA = (
    ",".join(COLUMNS) + "\n" + "".join(f"{n}-3-0-0.wav,{n},0.0,0.3,1,5,3,dog_bark\n" for n in range(9))
).encode()
INDEX = json.dumps({"clips": {"a": {"audio": ["audio/fold1/a.wav", "0" * 32]}}}).encode()
CARD = json.dumps({"data": "IMDB", "kind": "document", "sha256": "00"}).encode()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("container", "subtype"), SOUNDS)
def test_sounds(tmp_path: Path, container: str, subtype: str, seed: int) -> None:
    for content in rounds(sound(container, subtype), seed, 25):
        (tmp_path / "in.wav").write_bytes(content)
        found = typed(lambda: take(Job(ROW, tmp_path / "in.wav", tmp_path / "out.wav")))
        if isinstance(found, Clip):
            mean, rate = read_mean(tmp_path / "out.wav")
            assert np.isfinite(mean).all() and len(mean) == found.frames and rate == found.rate
            assert len(read_channel_0(tmp_path / "out.wav")) == found.frames
            assert as_ogg(tmp_path / "out.wav").startswith(b"OggS")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("seed", range(6))
def test_tables_of_weather(tmp_path: Path, encoding: str, seed: int) -> None:
    lines = [[*line, "0" if row else "µ"] for row, line in enumerate(weather(30))]
    for content in rounds(csv(lines, encoding), seed, 20):
        found = typed(lambda content=content: parse(content, "x.csv"), UserError)
        assert isinstance(found, UserError) or (np.isfinite(found.values).all() and not found.dates.isna().any())
        (tmp_path / "x.csv").write_bytes(content)
        typed(lambda: header_fault(tmp_path / "x.csv"))


@pytest.mark.parametrize("seed", range(12))
def test_metadata(tmp_path: Path, seed: int) -> None:
    for content in rounds(METADATA, seed, 40):
        (tmp_path / "x.csv").write_bytes(content)
        found = typed(lambda: read(tmp_path / "x.csv"), UserError)
        assert isinstance(found, UserError) or all(row.name.endswith(".wav") and "/" not in row.name for row in found)


@pytest.mark.parametrize("seed", range(12))
def test_arrays(tmp_path: Path, seed: int) -> None:
    for content in rounds(npz(), seed, 40):
        (tmp_path / "x.npz").write_bytes(content)
        found = typed(lambda: read_flat(tmp_path / "x.npz", "", len(WORDS), 2), UserError)
        assert isinstance(found, UserError) or found.lengths.sum() == len(found.ids)
        typed(lambda: read_arrays(tmp_path / "x.npz", ["tokens"]), UserError)


@pytest.mark.parametrize("seed", range(12))
def test_images(tmp_path: Path, seed: int) -> None:
    images = np.arange(600, dtype=np.uint8).reshape(6, 10, 10)
    whole = idx(images)
    for content in rounds(whole, seed, 20):
        (tmp_path / "x.gz").write_bytes(content)
        found = typed(lambda: read_idx(tmp_path / "x.gz", 3, "remedy"), UserError)
        assert isinstance(found, UserError) or found.dtype == np.uint8
    for content in rounds(gzip.decompress(whole), seed, 20):
        (tmp_path / "x.gz").write_bytes(gzip.compress(content, 1))
        typed(lambda: read_idx(tmp_path / "x.gz", 3, "remedy"), UserError)


@pytest.mark.parametrize("seed", range(12))
def test_images_of_the_pipeline(tmp_path: Path, seed: int) -> None:
    images = np.arange(600, dtype=np.uint8).reshape(6, 10, 10)
    whole = Images(images, np.zeros(6, np.uint8), np.zeros(6, bool), {"data": "x", "kind": "other"})
    write_json(tmp_path / "card.json", {"sets": {"digits": write_images(tmp_path, "digits", whole)}})
    path = tmp_path / "digits.npz"
    for content in rounds(path.read_bytes(), seed, 15):
        path.write_bytes(content)
        found = typed(lambda: read_images(tmp_path, "digits"), UserError)
        assert isinstance(found, UserError) or np.array_equal(found.images, images)


@pytest.mark.parametrize("seed", range(12))
def test_json(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "card.json"
    for content in rounds(json.dumps(WORDS).encode(), seed, 30):
        path.write_bytes(content)
        found = typed(lambda: read_words(path), UserError)
        assert isinstance(found, UserError) or sorted(found.values()) == list(range(1, len(found) + 1))
    for content in rounds(b'["grain", "gold", "tin"]', seed, 20):
        path.write_bytes(content)
        typed(lambda: read_topics(path), UserError)
    for content in rounds(CARD, seed, 30):
        path.write_bytes(content)
        typed(lambda: read_card(tmp_path), UserError)
        typed(lambda: fetched(tmp_path), UserError)
    for content in rounds(INDEX, seed, 20):
        path.write_bytes(content)
        typed(lambda: checksums(path), UserError)


@pytest.mark.parametrize("seed", range(12))
def test_archives(tmp_path: Path, seed: int) -> None:
    for content in rounds(archive(), seed, 20):
        (tmp_path / "x.zip").write_bytes(content)
        typed(lambda: unpacked(tmp_path / "x.zip"), UserError)
    plain = tar("w")
    for number, content in enumerate(rounds(plain, seed, 20)):
        (tmp_path / "x.tar.gz").write_bytes(gzip.compress(content, 1))
        typed(lambda number=number: unpack(tmp_path / "x.tar.gz", tmp_path / f"out{number}"), UserError)
    for number, content in enumerate(rounds(tar(), seed, 15)):
        (tmp_path / "x.tar.gz").write_bytes(content)
        typed(lambda number=number: unpack(tmp_path / "x.tar.gz", tmp_path / f"gz{number}"), UserError)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} <= {"x.zip", "x.tar.gz"}
