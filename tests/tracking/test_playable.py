"""No clip ends the process that writes examples: what libvorbis gets is short, of a usual rate and finite."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.tracking.playable import as_ogg, encoded, playable

TONE = 0.5 * np.sin(np.arange(8_000) / 20)
EACH = """
import sys
from pathlib import Path
from pipeline.tracking.playable import as_ogg
for name in sys.argv[1:]:
    as_ogg(Path(name))
    print(name, flush=True)
"""


def write(path: Path, rate: int, seconds: float, channels: int, subtype: str = "PCM_16") -> str:
    """Write noise to a file and return its name."""
    noise = np.random.default_rng(0).normal(0, 0.1, (int(rate * seconds), channels)).astype(np.float32)
    soundfile.write(path, noise, rate, subtype=subtype, format="WAV")
    return str(path)


def test_a_process_survives_rates_lengths_and_channels_that_end_libvorbis(tmp_path: Path) -> None:
    sizes = [(200_001, 1, 1), (384_000, 1, 1), (768_000, 0.5, 2), (44_100, 61, 1), (1_000, 600, 1), (44_100, 1, 64)]
    names = [write(tmp_path / f"{n}.wav", *size) for n, size in enumerate(sizes)]
    names.append(write(tmp_path / "gsm.wav", 8_000, 1, 1, "GSM610"))  # cannot seek
    done = subprocess.run([sys.executable, "-c", EACH, *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, names), done.stderr


@pytest.mark.parametrize(
    ("rate", "frames", "channels", "expected"),
    [
        (44_100, 22_050, 2, (44_100, 22_050, 2)),
        (384_000, 38_400, 1, (48_000, 4_800, 1)),
        (1_000, 500, 1, (8_000, 4_000, 1)),
        (44_100, 30 * 44_100, 1, (44_100, 10 * 44_100, 1)),
        (22_050, 2_205, 6, (22_050, 2_205, 1)),
        (44_100, 1, 1, (44_100, 1, 1)),
    ],
)
def test_what_is_played(tmp_path: Path, rate: int, frames: int, channels: int, expected: tuple[int, int, int]) -> None:
    soundfile.write(tmp_path / "a.wav", np.tile(TONE, 200)[:frames, None].repeat(channels, axis=1), rate)
    sound, played = soundfile.read(io.BytesIO(as_ogg(tmp_path / "a.wav")), always_2d=True)
    assert (played, *sound.shape) == expected


def test_samples_that_are_no_numbers_or_too_loud_are_clipped() -> None:
    samples, rate = playable(np.array([[np.nan], [np.inf], [-np.inf], [1e30], [0.5]], np.float32), 44_100)
    assert samples[:, 0].tolist() == [0, 1, -1, 1, 0.5] and rate == 44_100
    assert soundfile.info(io.BytesIO(encoded(samples, rate))).frames == 5


def test_the_sound_is_that_of_the_clip(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", TONE, 192_000)
    sound, rate = soundfile.read(io.BytesIO(as_ogg(tmp_path / "a.wav")))
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.fft.rfftfreq(len(sound), 1 / rate)[spectrum.argmax()] == pytest.approx(192_000 / 20 / 2 / np.pi, abs=30)


def test_a_clip_without_samples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", TONE[:0], 44_100)
    with pytest.raises(ValueError, match="it has no samples"):
        as_ogg(tmp_path / "a.wav")
