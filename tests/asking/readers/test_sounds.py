"""A sound file becomes the bands of its view, scaled as its split was."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.sounds import Clips
from pipeline.spec.sounds import View
from pipeline.stages.spectra import bands_of_file
from tests.made_sounds import sounds

RATE = 44_100


def wav(seconds: float = 1.0, rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    tone = np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    sound = io.BytesIO()
    soundfile.write(sound, tone, rate, format="WAV", subtype=subtype)
    return sound.getvalue()


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def facts(view: str = "c", **more: Any) -> dict[str, Any]:
    one = sounds()
    asked = one.model_copy(update={"views": {"asked": one.views[view]}})
    return {"labels": ["siren", "drilling"], "sounds": asked.model_dump(), "timesteps": 50, "tiled": False} | more


@pytest.mark.parametrize("view", ["w", "c", "c_slow"])
def test_the_bands_are_those_of_the_stage(view: str, tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(wav())
    expected = bands_of_file(View.model_validate(sounds().views[view]), sounds(), tmp_path / "clip.wav")[:50]
    question = Clips().read(text(wav()), facts(view))
    assert question.sequences.shape == (1, 50, 3) and question.lengths.tolist() == [len(expected)]
    np.testing.assert_array_equal(question.sequences[0, : len(expected)], expected)


def test_a_short_clip_is_padded_or_repeated() -> None:
    padded, tiled = (Clips().read(text(wav(0.2)), facts(tiled=tiled)) for tiled in (False, True))
    assert padded.lengths.tolist() == [11] and not padded.sequences[0, 11:].any()
    np.testing.assert_array_equal(tiled.sequences[0, 11:22], tiled.sequences[0, :11])
    assert padded.steps[:2] == ["0.00 s", "0.01 s"] and padded.seen.shape == (11, 3)


def test_the_scale_is_that_of_the_split() -> None:
    plain = Clips().read(text(wav()), facts()).sequences
    scaled = Clips().read(text(wav()), facts(mean=[1.0, 2.0, 3.0], deviation=[2.0] * 3)).sequences
    np.testing.assert_allclose(scaled, (plain - np.array([1, 2, 3])) / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "view", "why"),
    [
        ("no/such.wav", "c", "neither a sound file that exists"),
        (text(b"not a sound"), "c", "not a sound file that can be read"),
        ("", "c", "not a sound file that can be read"),
        (text(wav(61, 8000)), "c", "at most 60"),
        (text(wav(rate=22_050)), "w", "rate 22050 Hz"),
        (text(wav(subtype="FLOAT")), "w", "subtype FLOAT"),
    ],
)
def test_what_is_no_clip_of_the_view_is_refused(given: str, view: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Clips().read(given, facts(view))


def test_a_file_is_sent_as_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(wav())
    assert Clips().taken(tmp_path / "clip.wav") == text(wav())
