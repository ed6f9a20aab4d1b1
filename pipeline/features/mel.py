"""Log-mel bands of a clip, through librosa: energies on a scale close to that of the ear, in decibels."""

from functools import cache

import numpy as np

from pipeline.base.console import UserError

_QUIETEST = 1e-10  # of power; librosa's own default, 100 dB below full scale
_LOWEST = 30.0  # Hz; below is wind and microphone noise


@cache
def filters(rate: int, n_fft: int, bands: int) -> np.ndarray:
    """Compute the triangular filters of Slaney's mel scale, (bands, n_fft // 2 + 1).

    Raises UserError if a band lies between two frequencies of the window and would be empty.
    """
    import warnings

    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what is an error below
        weights: np.ndarray = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=bands, fmin=_LOWEST)
    if not weights.any(axis=1).all():
        raise UserError(
            f"params.yaml: sounds.views: {bands} mel bands are too many for a window of {n_fft} samples; "
            "write fewer mel bands or a longer window_ms"
        )
    return weights


def log_mel(signal: np.ndarray, rate: int, n_fft: int, hop_length: int, bands: int) -> np.ndarray:
    """Compute the power of mel bands in dB of full scale, (timesteps, bands) float32; Hann window, no padding.

    `signal` is in int16 units. A signal shorter than a window is padded to one window.
    """
    import librosa

    whole = np.pad(signal, (0, max(0, n_fft - len(signal)))).astype(np.float32) / 32768
    spectrum = librosa.stft(whole, n_fft=n_fft, hop_length=hop_length, center=False)
    power = filters(rate, n_fft, bands) @ np.abs(spectrum) ** 2
    decibels: np.ndarray = librosa.power_to_db(power / n_fft, amin=_QUIETEST, top_db=None)
    return decibels.T.astype(np.float32)
