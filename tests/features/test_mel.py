"""Log-mel bands: where a tone is heard, how loud, and how many frames there are."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.features.mel import filters, log_mel
from pipeline.features.signals import count_frames

RATE, N_FFT, HOP, BANDS = 22050, 1102, 551, 40


def tone(hertz: float, seconds: float = 0.5, loud: float = 10_000.0) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


@pytest.mark.parametrize("hertz", [200, 1000, 5000])
def test_a_tone_is_loudest_in_the_band_that_holds_it(hertz: int) -> None:
    loudest = log_mel(tone(hertz), RATE, N_FFT, HOP, BANDS).mean(axis=0).argmax()
    place = round(hertz * N_FFT / RATE)
    assert loudest == filters(RATE, N_FFT, BANDS)[:, place].argmax()


def test_ten_times_the_amplitude_is_20_decibels() -> None:
    quiet, loud = (log_mel(tone(1000, loud=level), RATE, N_FFT, HOP, BANDS) for level in (100, 1000))
    assert (loud - quiet).max() == pytest.approx(20, abs=0.01)


@pytest.mark.parametrize("samples", [100, N_FFT, N_FFT + HOP - 1, N_FFT + HOP, RATE])
def test_the_frames_are_as_many_as_the_stage_counts(samples: int) -> None:
    bands = log_mel(np.ones(samples, np.float32), RATE, N_FFT, HOP, BANDS)
    assert bands.shape == (count_frames(samples, N_FFT, HOP), BANDS) and bands.dtype == np.float32


def test_silence_is_100_decibels_below_full_scale() -> None:
    np.testing.assert_allclose(log_mel(np.zeros(RATE, np.float32), RATE, N_FFT, HOP, BANDS), -100, rtol=1e-6)


def test_a_band_that_would_hear_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="128 mel bands are too many for a window of 220 samples"):
        filters(RATE, 220, 128)


def test_what_a_microphone_adds_below_30_hertz_is_not_heard() -> None:
    hertz = np.fft.rfftfreq(N_FFT, 1 / RATE)
    heard = filters(RATE, N_FFT, BANDS).any(axis=0)
    assert not heard[hertz < 30].any() and heard[hertz > 40][:20].all()
