"""The measurement of the features: equal to the peer first, rows of one form. No time is asserted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import features, growth
from pipeline.base.console import UserError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:audioread")  # librosa imports it
TIMES = ["ms", "min_ms", "max_ms", "wall_ms"]


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_our_bands_equal_the_peers(tmp_path: Path, channels: int) -> None:
    path = features.write_clip(tmp_path / "clip.wav", channels, seconds=1.0, seed=3)
    ours, theirs = features.our_bands(path), features.peer_bands(path)
    assert ours.shape == (91, 100) and ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    full_range = np.expm1(ours.astype(np.float64)) / 32768
    np.testing.assert_allclose(full_range, np.expm1(theirs.astype(np.float64)) / 32768, rtol=0, atol=1e-7)


def test_the_check_takes_equal_bands_and_refuses_others(tmp_path: Path) -> None:
    path = features.write_clip(tmp_path / "clip.wav", seconds=0.2)
    bands = features.our_bands(path)
    features.check(lambda _: bands, lambda _: bands + np.float32(1e-6), [path])
    for wrong in (bands + 1e-3, bands[:-1], np.full_like(bands, np.nan)):
        with pytest.raises(UserError, match=r"clip\.wav: our bands differ from the peer's by"):
            features.check(lambda _: bands, lambda _, wrong=wrong: wrong, [path])


def test_a_row_for_each_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "CLIPS", 1)
    rows = features.measure(repeats=2)
    assert [row["peer"] for row in rows] == ["librosa + numpy.fft", "decoding alone"]
    for row in rows:
        times = {f"{side}_{name}" for side in ("ours", "theirs") for name in TIMES}
        assert set(row) == times | {"work", "peer", "ratio", "runs"}
        assert row["work"] == "4 s stereo clip to bands" and row["runs"] == 2
        assert row["ratio"] == row["theirs_ms"] / row["ours_ms"]  # type: ignore[operator]
        assert all(row[f"{s}_min_ms"] <= row[f"{s}_ms"] <= row[f"{s}_max_ms"] for s in ("ours", "theirs"))  # type: ignore[operator]


def usages(cpu_ms: list[float], peak_mb: float) -> list[growth.Usage]:
    return [{"cpu_ms": cpu, "wall_ms": cpu / 2, "peak_mb": peak_mb + run} for run, cpu in enumerate(cpu_ms)]


def test_growth_against_the_smallest_and_of_each_further_clip() -> None:
    start = 1000.0
    found = {n: usages([start + 4 * n - 9, start + 4 * n, start + 4 * n + 9], 100.0) for n in (24, 240, 2400)}
    small, large = growth.whole_rows(found)
    assert (small["work"], small["peer"]) == ("spectra of 240 clips", "linear from 24 clips")
    assert large["ours_ms"] == pytest.approx((start + 9600) / 2400)
    assert large["theirs_ms"] == small["theirs_ms"] == pytest.approx((start + 96) / 24)
    assert large["peak_mb"] == large["theirs_peak_mb"] == 102 and large["runs"] == 3
    (further,) = growth.further_rows(found)
    assert further["work"] == "each further clip, 240 to 2400"
    assert further["ours_ms"] == pytest.approx(4) and further["ratio"] == pytest.approx(1)
    assert not growth.further_rows({24: found[24], 240: found[240]})


def test_a_cost_that_grows_with_the_square_shows() -> None:
    found = {n: usages([1000 + 4 * n + n * n / 100] * 3, 100.0) for n in (24, 240, 2400)}
    (further,) = growth.further_rows(found)
    assert float(str(further["ratio"])) < 0.3


def test_the_raw_folder_holds_links_of_few_files(tmp_path: Path) -> None:
    growth.write_raw(tmp_path / "raw", 30)
    files = sorted((tmp_path / "raw/audio/fold1").iterdir())
    assert len(files) == 30 == len(pd.read_csv(tmp_path / "raw/clips.csv"))
    assert len({path.stat().st_ino for path in files}) == growth.CLIPS


def test_a_size_is_measured_in_a_process_of_its_own() -> None:
    usage = growth.measure_clips(2)
    assert usage["cpu_ms"] > 0 and usage["wall_ms"] > 0 and 20 < usage["peak_mb"] < 2000


def test_a_stage_that_fails_is_a_user_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(growth, "write_raw", lambda raw, clips: None)
    with pytest.raises(UserError, match=r"spectra of 2 clips failed: .*(clips\.csv|sha256\.json)"):
        growth.measure_clips(2)
