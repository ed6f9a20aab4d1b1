"""FFT bands against protocols, section 2, and against slow references of their definitions."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.features.signals import (
    admits_as_written,
    as_written_bands,
    band_sums,
    corrected_bands,
    count_frames,
    magnitudes,
    read_channel_0,
    read_mono,
    resampled_length,
)

RATE = 44100


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 10_000) -> np.ndarray:
    times = np.arange(int(RATE * seconds)) / RATE
    return np.round(amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).integers(-32768, 32767, int(RATE * seconds)).astype(np.int16)


def slow_as_written(signal: np.ndarray, n_fft: int) -> np.ndarray:
    """The documents' loop: complex FFT, magnitude, the slice of bins, mean of each group."""
    width, rows = n_fft // 200, []
    for step in range((len(signal) - n_fft) // 441 + 1):
        chunk = signal[step * 441 : step * 441 + n_fft].astype(np.float64)
        spectrum = np.abs(np.fft.fft(chunk)) / (n_fft // 2)
        start = n_fft - 200 * width
        rows.append([spectrum[start + k * width : start + (k + 1) * width].mean() for k in range(100)])
    return np.array(rows)


@pytest.mark.parametrize(("n_fft", "timesteps"), [(441, 400), (4410, 391)])
def test_four_seconds_give_the_documents_timesteps(n_fft: int, timesteps: int) -> None:
    assert count_frames(4 * RATE, n_fft, 441) == timesteps
    assert as_written_bands(noise(4), n_fft, 441, 100).shape == (timesteps, 100)


@pytest.mark.parametrize(("n_fft", "timesteps"), [(441, 100), (4410, 91)])
def test_one_second(n_fft: int, timesteps: int) -> None:
    assert count_frames(RATE, n_fft, 441) == timesteps


@pytest.mark.parametrize("n_fft", [441, 4410])
def test_as_written_equals_the_slow_loop(n_fft: int) -> None:
    signal = noise(0.3)
    np.testing.assert_allclose(as_written_bands(signal, n_fft, 441, 100), slow_as_written(signal, n_fft), rtol=1e-6)


def test_the_slice_slip_begins_at_bin_41_and_10() -> None:
    assert 441 % 200 == 41 and 4410 - 200 * 22 == 10
    low = as_written_bands(tone(4000), 441, 441, 100)  # bin 40: just below the slice
    inside = as_written_bands(tone(4100), 441, 441, 100)  # bin 41: the first of the slice
    assert low.max() < 1e-2 * inside[:, 0].max()


def test_the_last_ten_bands_mirror_the_ten_before() -> None:
    bands = as_written_bands(noise(0.5), 441, 441, 100)
    for k in range(10):
        np.testing.assert_allclose(bands[:, 90 + k], bands[:, 89 - k], rtol=1e-9)


def test_a_tone_of_whole_periods_below_the_slice_vanishes() -> None:
    exact = 10_000 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    assert as_written_bands(exact, 441, 441, 100).max() < 1e-6
    assert as_written_bands(tone(1000), 441, 441, 100).max() < 0.1  # what rounding to int16 leaves
    assert as_written_bands(tone(1000), 4410, 441, 100).max() > 100


def test_a_low_tone_leaks_as_protocols_measured() -> None:
    assert as_written_bands(tone(440), 441, 441, 100)[0].max() == pytest.approx(53, abs=1)


def test_corrected_bands_cover_the_spectrum_from_0_hz() -> None:
    rate = 22050
    times = np.arange(rate) / rate
    for hertz in (55.0, 3000.0, 10_900.0):
        bands = corrected_bands(1e4 * np.sin(2 * np.pi * hertz * times), 2205, 220, 100)
        assert abs(bands.mean(axis=0).argmax() - hertz / (rate / 2) * 100) <= 1.1


def test_corrected_bands_equal_a_slow_reference() -> None:
    signal = noise(0.2).astype(np.float64)
    spectrum = magnitudes(signal, 2205, 220)
    edges = [k * 1103 // 100 for k in range(101)]
    slow = np.stack([np.log1p(spectrum[:, a:b].mean(axis=1)) for a, b in pairwise(edges)], axis=1)
    np.testing.assert_allclose(corrected_bands(signal, 2205, 220, 100), slow, rtol=1e-9)


@pytest.mark.parametrize(("bins", "bands"), [(1103, 100), (111, 100), (100, 100), (7, 3), (9, 3), (5, 1)])
def test_band_sums_equal_reduceat(bins: int, bands: int) -> None:
    spectrum = np.random.default_rng(2).random((5, bins))
    edges = np.arange(bands + 1) * bins // bands
    expected = np.add.reduceat(spectrum, edges[:-1], axis=1)
    np.testing.assert_allclose(band_sums(spectrum, edges), expected, rtol=1e-12)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(2205, 220), (220, 220)])
def test_float32_bands_are_those_of_float64_and_the_same_bits_twice(n_fft: int, hop_length: int) -> None:
    signal = (noise(1) // 8).astype(np.float32)
    bands = corrected_bands(signal, n_fft, hop_length, 100)
    assert bands.dtype == np.float32
    np.testing.assert_array_equal(bands, corrected_bands(signal.copy(), n_fft, hop_length, 100))
    exact = corrected_bands(signal.astype(np.float64), n_fft, hop_length, 100)
    np.testing.assert_allclose(bands, exact, rtol=1e-5, atol=1e-5)


def test_silence_is_zero_and_a_short_clip_is_one_timestep() -> None:
    bands = corrected_bands(np.zeros(100), 2205, 220, 100)
    assert bands.shape == (1, 100) and not bands.any()


def test_only_channel_0_is_read(tmp_path: Path) -> None:
    left, right = tone(440), noise(1)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], axis=1), RATE, subtype="PCM_16")
    np.testing.assert_array_equal(read_channel_0(tmp_path / "two.wav"), left)


@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (8000, 1), (192000, 6), (22050, 1)])
def test_any_rate_becomes_the_same_length_and_units(tmp_path: Path, rate: int, channels: int) -> None:
    times = np.arange(rate) / rate
    mono = 0.5 * np.sin(2 * np.pi * 500 * times)
    soundfile.write(tmp_path / "clip.wav", np.stack([mono] * channels, axis=1), rate, subtype="PCM_24")
    signal = read_mono(tmp_path / "clip.wav", 22050)
    assert len(signal) == 22050 == resampled_length(rate, rate, 22050)
    assert np.abs(signal[2000:-2000]).max() == pytest.approx(0.5 * 32768, rel=0.01)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize(("subtype", "exact"), [("PCM_16", 1e-2), ("PCM_24", 1e-2), ("FLOAT", 1e-2), ("PCM_U8", 300)])
def test_the_mean_of_all_channels_in_int16_units(tmp_path: Path, subtype: str, channels: int, exact: float) -> None:
    samples = np.stack([noise(0.1 + 0.1 * n)[-4410:] for n in range(channels)], axis=1)
    soundfile.write(tmp_path / "clip.wav", samples / 32768, RATE, subtype=subtype)
    signal = read_mono(tmp_path / "clip.wav", RATE)
    assert signal.dtype == np.float32
    np.testing.assert_allclose(signal, samples.mean(axis=1), rtol=0, atol=exact)


def test_a_float_clip_beyond_full_range_is_not_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "loud.wav", np.full(1000, 3.0), RATE, subtype="FLOAT")
    np.testing.assert_array_equal(read_mono(tmp_path / "loud.wav", RATE), np.full(1000, 3 * 32768, np.float32))


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (("WAV", "PCM_16", 44100, 2, 44100), ""),
        (("WAVEX", "PCM_16", 44100, 1, 90000), "WAVEX"),
        (("WAV", "PCM_24", 44100, 1, 90000), "PCM_24"),
        (("WAV", "PCM_16", 48000, 1, 90000), "48000"),
        (("WAV", "PCM_16", 44100, 6, 90000), "6 channels"),
        (("WAV", "PCM_16", 44100, 1, 44099), "1.00 s"),
    ],
)
def test_what_the_documents_loader_takes(clip: tuple[str, str, int, int, int], reason: str) -> None:
    found = admits_as_written(*clip)
    assert reason in found and bool(reason) == bool(found)
