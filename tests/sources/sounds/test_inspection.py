"""Bad sound files are rejected with their reason, unusual ones are usable, and of real ones none is lost."""

import errno
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.base.files import digest
from pipeline.features.signals import read_mean
from pipeline.sources.sounds.clips import Clip, Rejected
from pipeline.sources.sounds.inspection import Job, take
from pipeline.sources.sounds.metadata import Row

ROW = Row("100-3-0-0.wav", 2, 3, 100)
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 4410)


def job(tmp_path: Path, **more) -> Job:
    """Return the job of taking tmp_path/in.wav to tmp_path/out.wav."""
    return Job(ROW, tmp_path / "in.wav", tmp_path / "out.wav", **more)


def reason(tmp_path: Path, **more) -> str:
    """Return why in.wav is rejected; whatever is rejected leaves nothing behind."""
    result = take(job(tmp_path, **more))
    assert isinstance(result, Rejected)
    assert not (tmp_path / "out.wav").exists()
    return result.reason


def test_a_clip_is_described_and_copied_byte_for_byte(tmp_path):
    soundfile.write(tmp_path / "in.wav", NOISE, 44100, subtype="PCM_16")
    clip = take(job(tmp_path))
    sha256 = digest(tmp_path / "in.wav")
    assert clip == Clip(ROW.name, 2, "dog_bark", 3, 100, 44100, "PCM_16", 1, 4410, sha256)
    assert (tmp_path / "out.wav").read_bytes() == (tmp_path / "in.wav").read_bytes()


@pytest.mark.parametrize(
    ("rate", "subtype", "channels", "frames"),
    [
        (44100, "PCM_U8", 1, 4410),
        (44100, "PCM_16", 6, 4410),
        (192000, "PCM_16", 1, 4410),
        (44100, "PCM_16", 2, 2205),  # 0.05 s
        (8000, "PCM_16", 1, 1),
        (96000, "PCM_24", 2, 4410),
        (48000, "FLOAT", 2, 4410),
        (48000, "DOUBLE", 1, 4410),
        (44100, "MS_ADPCM", 1, None),
    ],
)
def test_unusual_clips_are_usable(tmp_path, rate, subtype, channels, frames):
    wave = np.stack([NOISE[:frames]] * channels, axis=1)
    soundfile.write(tmp_path / "in.wav", wave, rate, subtype=subtype)
    clip = take(job(tmp_path))
    assert isinstance(clip, Clip)
    assert (clip.rate, clip.subtype, clip.channels) == (rate, subtype, channels)
    assert clip.frames == frames or (frames is None and clip.frames >= 4410)


@pytest.mark.parametrize(
    ("value", "subtype", "said"),
    [
        (1e300, "DOUBLE", "contains a sample of 1e+300; full scale is 1"),
        (-1e30, "FLOAT", "contains a sample of 1e+30; full scale is 1"),
        (1e10, "DOUBLE", "contains a sample of 1e+10; full scale is 1"),
    ],
)
def test_a_finite_sample_that_is_absurd(tmp_path, value, subtype, said):
    soundfile.write(tmp_path / "in.wav", np.array([0.0, value, 0.0]), 44100, subtype=subtype)
    assert reason(tmp_path) == said


def test_integers_stored_as_floats_are_usable(tmp_path):
    soundfile.write(tmp_path / "in.wav", np.array([0.0, -(2.0**31), 32767.0]), 44100, subtype="DOUBLE")
    assert isinstance(take(job(tmp_path)), Clip)


def test_a_container_that_cannot_seek(tmp_path):
    soundfile.write(tmp_path / "in.wav", NOISE, 44100, subtype="GSM610")
    clip = take(job(tmp_path))
    assert isinstance(clip, Clip) and clip.subtype == "GSM610" and clip.frames >= len(NOISE)
    mean, rate = read_mean(tmp_path / "out.wav")
    assert (mean.shape, rate, mean.dtype) == ((clip.frames,), 44100, np.float32)


@pytest.mark.parametrize(
    ("place", "size", "said"),
    [
        (24, struct.pack("<I", 1), "rate 1 Hz: expected 1000 to 1000000"),
        (24, struct.pack("<I", 2_000_000_000), "rate 2000000000 Hz: expected 1000 to 1000000"),
        (40, struct.pack("<I", 0xFFFFFFF0), "truncated: chunk data promises 4294967280 bytes, file has 8820"),
        (22, struct.pack("<H", 0xFFFF), "cannot be decoded: "),
    ],
)
def test_an_absurd_head(tmp_path, place, size, said):
    soundfile.write(tmp_path / "whole.wav", NOISE, 44100, subtype="PCM_16")
    whole = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "in.wav").write_bytes(whole[:place] + size + whole[place + len(size) :])
    assert reason(tmp_path).startswith(said)


def test_a_head_of_36_gigabytes_is_refused_before_it_is_decoded(tmp_path):
    soundfile.write(tmp_path / "in.wav", NOISE, 44100, format="FLAC")
    content = bytearray((tmp_path / "in.wav").read_bytes())
    content[21:26] = bytes([content[21] | 0xF]) + b"\xff" * 4  # 2 ** 36 - 1 samples
    (tmp_path / "in.wav").write_bytes(content)
    assert reason(tmp_path) == "1558265 s: at most 600 are read"


def test_an_hour_of_sound(tmp_path):
    soundfile.write(tmp_path / "in.wav", np.zeros(601 * 1000, np.int16), 1000, format="FLAC", subtype="PCM_16")
    assert reason(tmp_path) == "601 s: at most 600 are read"
    soundfile.write(tmp_path / "in.wav", np.zeros((1 << 18, 1024), np.int16)[:140_000], 1000, subtype="PCM_16")
    assert reason(tmp_path).endswith("bytes, at most 256,000,000 are read")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: os.mkfifo(path), "is not a plain file"),
        (lambda path: path.mkdir(), "is not a plain file"),
        (lambda path: path.symlink_to(path.name), "a link that leads out of the mirror, or nowhere"),
        (lambda path: path.symlink_to("/dev/zero"), "a link that leads out of the mirror, or nowhere"),
        (lambda path: path.symlink_to("/etc/passwd"), "a link that leads out of the mirror, or nowhere"),
        (lambda path: None, "a link that leads out of the mirror, or nowhere"),
    ],
)
def test_what_is_no_file_of_the_mirror(tmp_path, make, said):
    make(tmp_path / "in.wav")
    assert reason(tmp_path, roots=(tmp_path,)) == said


def test_an_empty_file(tmp_path):
    (tmp_path / "in.wav").touch()
    assert reason(tmp_path) == "empty file"


def test_a_truncated_file(tmp_path):
    soundfile.write(tmp_path / "whole.wav", NOISE, 44100, subtype="PCM_16")
    (tmp_path / "in.wav").write_bytes((tmp_path / "whole.wav").read_bytes()[:-1])
    assert reason(tmp_path) == "truncated: header promises 8864 bytes, file has 8863"


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_header_that_does_not_know_the_size(tmp_path, size):
    soundfile.write(tmp_path / "in.wav", NOISE, 44100, subtype="PCM_16")
    whole = (tmp_path / "in.wav").read_bytes()
    (tmp_path / "in.wav").write_bytes(whole[:4] + struct.pack("<I", size) + whole[8:])
    assert isinstance(take(job(tmp_path)), Clip)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_no_number(tmp_path, value):
    wave = NOISE.copy()
    wave[-1] = value
    soundfile.write(tmp_path / "in.wav", wave, 44100, subtype="FLOAT")
    assert reason(tmp_path) == "contains NaN or infinity"


def test_no_samples(tmp_path):
    soundfile.write(tmp_path / "in.wav", NOISE[:0], 44100, subtype="PCM_16")
    assert reason(tmp_path) == "no samples"


def test_a_file_that_is_no_sound(tmp_path):
    (tmp_path / "in.wav").write_text("<html>not found</html>")
    assert reason(tmp_path).startswith("cannot be decoded: ")


def test_another_checksum_than_the_published(tmp_path):
    soundfile.write(tmp_path / "in.wav", NOISE, 44100, subtype="PCM_16")
    assert reason(tmp_path, md5="0" * 32).startswith(f"checksum differs: expected md5 {'0' * 32}, found ")


def test_a_full_disk_is_not_the_fault_of_the_clip(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "in.wav").write_bytes(b"RIFF")
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match=r"out\.wav") as caught:
        take(job(tmp_path))
    assert caught.value.errno == errno.ENOSPC
