"""FFT bands of a clip, as the documents' code computed them and as the documents meant them (protocols, section 2).

as_written computes in float64, as the documents did. corrected computes in float32, at half the cost: its magnitudes
are within 1e-7 of full range. The same clip gives the same bits, however many processes share the work.
"""

from functools import reduce
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.fft
import soundfile
import soxr

AS_WRITTEN_RATE = 44100


def samples_of(milliseconds: int, rate: int) -> int:
    """Convert milliseconds to whole samples."""
    return rate * milliseconds // 1000


def count_frames(samples: int, n_fft: int, hop_length: int) -> int:
    """Count the whole windows in a signal; at least one, as a shorter signal is padded to one window."""
    return max(0, samples - n_fft) // hop_length + 1


def windows_of(signal: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """View every whole window of the signal, (timesteps, n_fft)."""
    if len(signal) < n_fft:
        signal = np.pad(signal, (0, n_fft - len(signal)))
    return np.lib.stride_tricks.sliding_window_view(signal, n_fft)[::hop_length]


def magnitudes(signal: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """Compute |FFT| / (n_fft // 2) of each window, (timesteps, n_fft // 2 + 1); rectangular window, no padding."""
    return np.abs(np.fft.rfft(windows_of(signal, n_fft, hop_length), axis=1)) / (n_fft // 2)


def as_written_bands(signal: np.ndarray, n_fft: int, hop_length: int, bands: int) -> np.ndarray:
    """Compute the bands of documents 000 and 001, (timesteps, bands) float64.

    `signal` holds raw int16 values. The slice of bins begins at n_fft mod (2 * bands) instead of 0 and runs past the
    middle of the spectrum, where it repeats mirrored bins: kept, because this is what the documents measured.
    """
    spectrum = magnitudes(signal.astype(np.float64), n_fft, hop_length)
    width = n_fft // (2 * bands)
    bins = np.arange(bands * width) + n_fft - 2 * bands * width
    mirrored = np.minimum(bins, n_fft - bins)
    return spectrum[:, mirrored].reshape(len(spectrum), bands, width).mean(axis=2)


def band_sums(spectrum: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum over the bins of each band, (timesteps, bands); `edges` is (bands + 1,), and widths differ by at most 1.

    numpy.add.reduceat takes twice as long: here each run of bands of the same width is one plain sum, and the extra
    bins of wider bands are added afterwards.
    """
    bands, widths = len(edges) - 1, np.diff(edges)
    width, wide = widths.min(), np.flatnonzero(widths > widths.min())
    sums = np.empty((len(spectrum), bands), spectrum.dtype)
    for first, end in pairwise(sorted({0, *(wide + 1), bands})):
        run = spectrum[:, edges[first] : edges[first] + (end - first) * width]
        np.einsum("tbi->tb", run.reshape(-1, end - first, width), out=sums[:, first:end])
    sums[:, wide] += spectrum[:, edges[wide + 1] - 1]
    return sums


def corrected_bands(signal: np.ndarray, n_fft: int, hop_length: int, bands: int) -> np.ndarray:
    """Compute log(1 + mean magnitude) of equal bands from 0 Hz to half the rate, (timesteps, bands).

    float32 for a float32 signal, which numpy's FFT would not transform faster than float64; float64 for any other.
    `signal` is in int16 units; the 1 keeps silence at 0.
    """
    edges = np.arange(bands + 1) * (n_fft // 2 + 1) // bands
    sums = band_sums(np.abs(scipy.fft.rfft(windows_of(signal, n_fft, hop_length), axis=1)), edges)
    return np.log1p(sums / (np.diff(edges) * (n_fft // 2)).astype(sums.dtype))


def read_channel_0(path: Path) -> np.ndarray:
    """Read the raw int16 values of the first channel, (samples,)."""
    samples, _ = soundfile.read(path, dtype="int16", always_2d=True)
    return samples[:, 0]


def resampled_length(frames: int, source_rate: int, rate: int) -> int:
    """Count the samples that `frames` become at another rate."""
    return -(-frames * rate // source_rate)


def read_mean(path: Path) -> tuple[np.ndarray, int]:
    """Read the mean of all channels. Returns ((samples,) float32 in int16 units, rate in Hz)."""
    with soundfile.SoundFile(path) as sound:
        if sound.subtype == "PCM_16":  # read directly: decoding to float32 takes six times as long
            samples = sound.read(dtype="int16", always_2d=True).astype(np.float32)
        else:  # with the number of frames, as GSM 6.10 and others cannot seek to find their end
            samples = sound.read(sound.frames, dtype="float32", always_2d=True) * 32768
        mean = reduce(np.add, samples.T)
        mean /= samples.shape[1]
        return mean, sound.samplerate


def read_mono(path: Path, rate: int) -> np.ndarray:
    """Read the mean of all channels, resampled to `rate`, in int16 units, (samples,) float32.

    The resampler is soxr's HQ, librosa's default, which computes in float32 whatever the input type.
    """
    mono, source_rate = read_mean(path)
    length = resampled_length(len(mono), source_rate, rate)
    if source_rate != rate:
        mono = soxr.resample(mono, source_rate, rate)
    return mono[:length] if len(mono) >= length else np.pad(mono, (0, length - len(mono)))


def admits_as_written(container: str, subtype: str, rate: int, channels: int, frames: int) -> str:
    """Explain why the documents' loader skips a clip; empty text if it takes it."""
    if container != "WAV":
        return f"container {container}: Python's wave module at the time read only plain WAV"
    if subtype != "PCM_16":
        return f"subtype {subtype}: as_written accepts only PCM_16"
    if rate != AS_WRITTEN_RATE:
        return f"rate {rate} Hz: as_written accepts only {AS_WRITTEN_RATE} Hz"
    if channels > 2:
        return f"{channels} channels: as_written accepts 1 or 2"
    return "" if frames >= AS_WRITTEN_RATE else f"{frames / rate:.2f} s: as_written accepts 1 s or more"
