"""A file becomes clips: any format, cut and never longer than asked for; what cannot be used says why."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.sources.own.listing import Listed
from pipeline.sources.own.pieces import Cut, Job, cut
from tests.made_own import RATE, tone, write


def cut_one(path: Path, seconds: float = 5.0) -> Cut:
    (path.parent / "out").mkdir(exist_ok=True)
    return cut(Job(Listed(path, "low", "", path.name, "CC0", path.name), 7, path.parent / "out", seconds))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_every_format_is_decoded_and_mixed_to_one_channel(tmp_path: Path, suffix: str) -> None:
    wave = tone("low", 0)
    (piece,) = cut_one(write(tmp_path / f"a b.{suffix}", np.stack([wave, 0.5 * wave], axis=1))).pieces
    samples, rate = soundfile.read(tmp_path / "out" / piece.name)
    assert (piece.name, piece.rate, rate, samples.ndim) == ("00007-a-b-0.wav", RATE, RATE, 1)
    assert piece.frames == len(samples) and abs(len(samples) - len(wave)) < 2500  # mp3 pads
    if suffix != "mp3":
        assert np.abs(samples - 0.75 * wave).mean() < 0.02


def test_a_long_file_is_cut_and_a_short_rest_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone("low", 0, 2.3))
    assert [(one.start, one.frames) for one in cut_one(path, 1.0).pieces] == [(0.0, RATE), (1.0, RATE)]
    assert [one.frames for one in cut_one(path, 1.5).pieces] == [12000, 6400]
    assert len({one.recording for one in cut_one(path, 1.0).pieces}) == 1


def test_silent_parts_are_left_out(tmp_path: Path) -> None:
    wave = tone("low", 0, 3.0)
    wave[RATE : 2 * RATE] = 1e-5
    found = cut_one(write(tmp_path / "a.wav", wave), 1.0)
    assert [one.start for one in found.pieces] == [0.0, 2.0] and found.silent == 1


def test_the_same_samples_have_the_same_digest_in_another_format(tmp_path: Path) -> None:
    wave = tone("low", 0)
    wav, flac, other = (
        cut_one(write(tmp_path / name, one)).content
        for name, one in (("a.wav", wave), ("a.flac", wave), ("b.wav", tone("low", 1)))
    )
    assert wav == flac != other


def test_what_is_too_loud_is_scaled_and_not_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 4 * tone("low", 0), RATE, subtype="FLOAT")
    (piece,) = cut_one(tmp_path / "a.wav").pieces
    samples, _ = soundfile.read(tmp_path / "out" / piece.name)
    assert 0.99 < np.abs(samples).max() <= 1 and (np.abs(samples) > 0.99).sum() < 5


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", tone("low", 0)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[:3000])
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "phone.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    write(tmp_path / "silent.wav", np.zeros(RATE))
    write(tmp_path / "short.wav", tone("low", 0, 0.01))
    soundfile.write(tmp_path / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    reasons = {
        "cut.wav": "truncated",
        "text.wav": "cannot be decoded",
        "empty.wav": "empty file",
        "phone.m4a": "convert it (ffmpeg -i phone.m4a phone.flac)",
        "silent.wav": "silence only",
        "short.wav": "at least 0.02 are needed",
        "nan.wav": "NaN",
        "missing.wav": "cannot be read",
    }
    for name, words in reasons.items():
        found = cut_one(tmp_path / name)
        assert words in found.reason and not found.pieces, name
    assert not list((tmp_path / "out").iterdir())
