"""CPU time from a wav file to FFT bands, compared with librosa.load and a loop of NumPy FFTs, and with decoding alone.

Ours is the corrected protocol of `pipeline.features.signals` on the view 10_100_full: 4 s of 44,100 Hz stereo to
22,050 Hz mono, windows of 2,205 samples every 220, 100 bands. First, the bands of both must agree to 1e-5. Each
processes all 24 files before the other's turn, as the stage does; the first clips after the peer find cold caches.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import soundfile

from pipeline.base.console import UserError
from pipeline.features.signals import corrected_bands, read_mono

SOURCE_RATE, RATE = 44100, 22050
N_FFT, HOP_LENGTH, BANDS = 2205, 220, 100
CLIPS = 24
EQUAL = 1e-5

Bands = Callable[[Path], np.ndarray]


def our_bands(path: Path) -> np.ndarray:
    """Compute the bands of a clip, (timesteps, 100) float32."""
    return corrected_bands(read_mono(path, RATE), N_FFT, HOP_LENGTH, BANDS)


def peer_bands(path: Path) -> np.ndarray:
    """Compute the same bands the usual way, (timesteps, 100): librosa.load, then NumPy's FFT window by window."""
    import librosa

    signal, _ = librosa.load(path, sr=RATE, mono=True)
    starts = range(0, len(signal) - N_FFT + 1, HOP_LENGTH)
    spectrum = np.stack([np.abs(np.fft.rfft(signal[start : start + N_FFT])) for start in starts])
    edges = np.arange(BANDS + 1) * spectrum.shape[1] // BANDS
    means = np.add.reduceat(spectrum, edges[:-1], axis=1) / np.diff(edges).astype(np.float32)
    return np.log1p(means / (N_FFT // 2) * 32768)


def decode(path: Path) -> np.ndarray:
    """Decode the clip, (samples, channels) int16: the least work that any way to the bands must do."""
    samples, _ = soundfile.read(path, dtype="int16")
    return samples


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Compute max |ours - theirs| / (1 + |theirs|); infinite if shapes differ or a value is NaN.

    The bands are log(1 + magnitude) in int16 units, so this is stricter than the same on magnitudes scaled to 1.0.
    """
    if ours.shape != theirs.shape:
        return float("inf")
    worst = float((np.abs(ours - theirs) / (1 + np.abs(theirs))).max())
    return worst if np.isfinite(worst) else float("inf")


def check(ours: Bands, theirs: Bands, paths: Sequence[Path]) -> None:
    """Compare the bands of every clip. Raises UserError naming the clip and the difference."""
    for path in paths:
        found = difference(ours(path), theirs(path))
        if found > EQUAL:
            raise UserError(f"{path.name}: our bands differ from the peer's by {found:.1e}, more than {EQUAL:.0e}")


def write_clip(path: Path, channels: int = 2, seconds: float = 4.0, seed: int = 0) -> Path:
    """Write a tone with noise that differs per channel, 44,100 Hz, 16 bit."""
    random = np.random.default_rng(seed)
    times = np.arange(round(seconds * SOURCE_RATE)) / SOURCE_RATE
    tone = 4000 * np.sin(2 * np.pi * random.uniform(100, 8000) * times)
    samples = tone[:, None] + random.normal(0, 1500, (len(times), channels))
    soundfile.write(path, np.round(samples).astype(np.int16), SOURCE_RATE, subtype="PCM_16")
    return path


def _clock(work: Bands, paths: Sequence[Path]) -> tuple[float, float]:
    """Time `work` on all files: (CPU, wall) in ms per clip."""
    cpu, wall = process_time(), perf_counter()
    for path in paths:
        work(path)
    return (process_time() - cpu) * 1000 / len(paths), (perf_counter() - wall) * 1000 / len(paths)


def _times(side: str, runs: Sequence[tuple[float, float]]) -> dict[str, float]:
    cpu, wall = zip(*runs, strict=True)
    values = {"ms": median(cpu), "min_ms": min(cpu), "max_ms": max(cpu), "wall_ms": median(wall)}
    return {f"{side}_{name}": value for name, value in values.items()}


def compare(peer: str, theirs: Bands, paths: Sequence[Path], repeats: int) -> dict[str, object]:
    """Measure a row of ours against a peer, taking turns: medians of `repeats`, CPU ms per clip."""
    turns = [(_clock(our_bands, paths), _clock(theirs, paths)) for _ in range(repeats)]
    ours, others = (_times(side, runs) for side, runs in zip(("ours", "theirs"), zip(*turns, strict=True), strict=True))
    ratio = others["theirs_ms"] / ours["ours_ms"]
    return {"work": "4 s stereo clip to bands", "peer": peer, **ours, **others, "ratio": ratio, "runs": repeats}


def measure(repeats: int = 5) -> list[dict[str, object]]:
    """Measure the rows of both peers. Raises UserError if the bands differ."""
    with TemporaryDirectory() as folder:
        paths = [write_clip(Path(folder) / f"{seed}.wav", seed=seed) for seed in range(CLIPS)]
        check(our_bands, peer_bands, paths)
        run = partial(compare, paths=paths, repeats=repeats)
        return [run("librosa + numpy.fft", peer_bands), run("decoding alone", decode)]
