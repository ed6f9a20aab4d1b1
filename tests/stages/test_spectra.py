"""The stage spectra: every clip has its frames where clips.csv says, and a clip that does not fit has its reason."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import seal
from pipeline.features.signals import as_written_bands
from pipeline.spec.sounds import Sounds, View
from pipeline.stages.spectra import make_view

SOUNDS = Sounds(views={})
AS_WRITTEN = View(hop_ms=10, window_ms=10)
CORRECTED = View(hop_ms=10, window_ms=100, protocol="corrected")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Four clips: two that fit as_written, one of 22,050 Hz, one of 0.05 s."""
    random = np.random.default_rng(0)
    rows = []
    for name, fold, rate, seconds in [
        ("a", 1, 44100, 1.0),
        ("b", 1, 22050, 1.5),
        ("c", 2, 44100, 1.2),
        ("d", 2, 44100, 0.05),
    ]:
        path = tmp_path / "raw/audio" / f"fold{fold}" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = random.integers(-9999, 9999, (int(rate * seconds), 2)).astype(np.int16)
        soundfile.write(path, samples, rate, subtype="PCM_16")
        rows.append((path.name, fold, rate, "PCM_16", 2, len(samples)))
    columns = ["name", "fold", "rate", "subtype", "channels", "frames"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "raw/clips.csv", index=False)
    write_json(tmp_path / "raw/card.json", {"data": "made clips"})
    seal(tmp_path / "raw")
    return tmp_path / "raw"


def test_as_written_takes_what_fits_and_says_why_not(raw: Path, tmp_path: Path) -> None:
    line = make_view("v", AS_WRITTEN, SOUNDS, raw, tmp_path / "out")
    assert "2 clips" in line and "2 rejected" in line
    clips = pd.read_csv(tmp_path / "out/clips.csv")
    frames = np.load(tmp_path / "out/frames.npy")
    assert clips["name"].tolist() == ["a.wav", "c.wav"]
    assert frames.dtype == np.float32 and frames.shape == (clips["timesteps"].sum(), 100)
    start, timesteps = clips.loc[1, ["start", "timesteps"]]
    left = soundfile.read(raw / "audio/fold2/c.wav", dtype="int16")[0][:, 0]
    np.testing.assert_allclose(frames[start : start + timesteps], as_written_bands(left, 441, 441, 100), rtol=1e-6)
    reasons = dict(pd.read_csv(tmp_path / "out/rejected.csv").itertuples(index=False))
    assert read_json(tmp_path / "out/card.json") == {"data": "made clips"}
    assert "22050" in reasons["b.wav"] and "0.05 s" in reasons["d.wav"]


def test_corrected_takes_every_clip(raw: Path, tmp_path: Path) -> None:
    make_view("v", CORRECTED, SOUNDS, raw, tmp_path / "out")
    clips = pd.read_csv(tmp_path / "out/clips.csv")
    frames = np.load(tmp_path / "out/frames.npy")
    assert len(clips) == 4 and clips["timesteps"].tolist()[-1] == 1
    assert len(frames) == clips["timesteps"].sum() and np.isfinite(frames).all()


def test_a_clip_at_half_its_speed_is_an_octave_lower_and_twice_as_long(raw: Path, tmp_path: Path) -> None:
    tone = (9999 * np.sin(2 * np.pi * 4000 * np.arange(44100) / 44100)).astype(np.int16)
    soundfile.write(raw / "audio/fold1/a.wav", tone, 44100, subtype="PCM_16")
    seal(raw)
    found = {}
    for speed in (1.0, 0.5):
        make_view("v", CORRECTED.model_copy(update={"speed": speed}), SOUNDS, raw, tmp_path / str(speed))
        first = pd.read_csv(tmp_path / str(speed) / "clips.csv").loc[0]
        frames = np.load(tmp_path / str(speed) / "frames.npy")[first["start"] :][: first["timesteps"]]
        found[speed] = first["timesteps"], frames.mean(axis=0).argmax()
    assert found[1.0][1] == pytest.approx(2 * found[0.5][1], abs=1)
    assert found[0.5][0] == pytest.approx(2 * found[1.0][0], abs=10)


def test_the_bytes_do_not_depend_on_the_number_of_workers(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for workers in (1, 3):
        monkeypatch.setattr("pipeline.base.parallel.cores", lambda workers=workers: workers)
        make_view("v", CORRECTED, SOUNDS, raw, tmp_path / f"out{workers}")
    assert (tmp_path / "out1/frames.npy").read_bytes() == (tmp_path / "out3/frames.npy").read_bytes()


def test_no_clip_that_fits_is_an_error(raw: Path, tmp_path: Path) -> None:
    clips = pd.read_csv(raw / "clips.csv")
    clips[clips["name"] == "b.wav"].to_csv(raw / "clips.csv", index=False)
    seal(raw)
    with pytest.raises(UserError, match=r"view v: no clip .* fits the protocol as_written"):
        make_view("v", AS_WRITTEN, SOUNDS, raw, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.stages import spectra

    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(spectra, "write_frames", full)
    with pytest.raises(OSError, match="No space"):
        make_view("v", CORRECTED, SOUNDS, raw, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["raw"]


def test_a_mel_view_has_its_own_number_of_bands(raw: Path, tmp_path: Path) -> None:
    make_view("m", View(hop_ms=25, window_ms=50, protocol="corrected", mel=24), SOUNDS, raw, tmp_path / "out")
    clips, frames = pd.read_csv(tmp_path / "out/clips.csv"), np.load(tmp_path / "out/frames.npy")
    assert frames.shape == (clips["timesteps"].sum(), 24) and np.isfinite(frames).all() and frames.max() < 0
