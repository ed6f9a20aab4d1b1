"""What a run leaves: pictures, and examples with a sound that plays."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.tracking.artifacts import write_examples, write_experiment, write_run
from tests.made_results import known_points, run

PNG = b"\x89PNG\r\n\x1a\n"
EXAMPLE = {"text": "siren: wrong(jackhammer)", "clip": "fold1/a.wav"}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder with one clip: half a second of 440 Hz, stereo."""
    time = np.arange(22050) / 44100
    tone = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    (tmp_path / "audio/fold1").mkdir(parents=True)
    soundfile.write(tmp_path / "audio/fold1/a.wav", np.stack([tone, tone], axis=1), 44100)
    return tmp_path / "audio"


def page(examples: list[dict[str, Any]], clips: Path, folder: Path) -> str:
    write_examples(examples, clips, folder)
    return (folder / "examples.html").read_text(encoding="utf-8")


def loudest(sound: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound[:, 0]))
    return float(np.fft.rfftfreq(len(sound), 1 / rate)[spectrum.argmax()])


def test_an_example_with_a_clip_plays_its_sound(clips: Path, tmp_path: Path) -> None:
    text = page([EXAMPLE], clips, tmp_path / "out")
    assert "<p>siren: wrong(jackhammer)</p><audio controls src=" in text
    found = re.search(r"data:audio/ogg;base64,([A-Za-z0-9+/=]+)\"", text)
    assert found
    inside = base64.b64decode(found[1])
    assert inside == (tmp_path / "out/a.ogg").read_bytes()
    assert soundfile.info(io.BytesIO(inside)).format == "OGG"
    sound, rate = soundfile.read(tmp_path / "out/a.ogg")
    assert rate == 44100 and sound.shape == (22050, 2)
    assert loudest(sound, rate) == pytest.approx(440, abs=4)
    assert len(inside) < (clips / "fold1/a.wav").stat().st_size / 4


@pytest.mark.parametrize("clip", [{}, {"clip": ""}, {"clip": "fold1/gone.wav"}])
def test_without_the_clip_there_is_the_line_alone(clips: Path, tmp_path: Path, clip: dict[str, str]) -> None:
    text = page([{"text": "siren: correct", **clip}], clips, tmp_path / "out")
    assert "<p>siren: correct</p>" in text and "<audio" not in text
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["examples.html"]


@pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF\xff\xff\xff\x7fWAVE"])
def test_a_clip_that_cannot_be_played_is_left_out_and_said(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (clips / "fold1/a.wav").write_bytes(content)
    text = page([EXAMPLE], clips, tmp_path / "out")
    assert "<audio" not in text and not list((tmp_path / "out").glob("*.ogg"))
    said = capsys.readouterr().out
    assert said.startswith(f"examples: the sound of {clips}/fold1/a.wav is left out (") and said.count("\n") == 1


def test_the_text_of_an_example_is_no_markup(clips: Path, tmp_path: Path) -> None:
    text = page([{"text": "<script>a && 'b'</script>"}], clips, tmp_path / "out")
    assert "<script" not in text and "&lt;script&gt;a &amp;&amp; &#x27;b&#x27;&lt;/script&gt;" in text


def test_korean_stays_korean(clips: Path, tmp_path: Path) -> None:
    text = page([{"text": "올바른 패턴"}], clips, tmp_path / "out")
    assert "올바른 패턴" in text and "charset='utf-8'" in text


def test_a_run_leaves_its_pictures_counts_and_examples(tmp_path: Path) -> None:
    row = run("am_64", 0)
    write_run(row, known_points("am_64"), tmp_path / "no clips", tmp_path)
    for name in ("confusion.png", "learning_curve.png"):
        assert (tmp_path / name).read_bytes().startswith(PNG)
    counts = json.loads((tmp_path / "confusion.json").read_text(encoding="utf-8"))
    assert counts == {"labels": row["labels"], "counts": row["confusion"]}
    assert (tmp_path / "examples/examples.html").read_text(encoding="utf-8").count("<p>") == 3


def test_a_run_on_numbers_leaves_its_estimates_and_further_curves(tmp_path: Path) -> None:
    numbers = {"confusion": None, "labels": [], "pairs": [[0.1, 0.2], [0.5, None]], "curves": {"reach": [1.0, None]}}
    row = run("product_lstm", 0, metric="test_mse", metrics={"test_mse": None, "train_seconds": 30.0}, **numbers)
    write_run(row, [], tmp_path / "no clips", tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"estimates.png", "curves.png", "learning_curve.png", "examples"}
    figures = write_experiment([row], [], tmp_path)
    assert figures == {"runs": 1.0, "seeds": 0.0, "train_seconds": 30.0}  # a network that was lost has no other figure


def test_an_experiment_leaves_the_curve_and_the_mean_of_its_seeds(tmp_path: Path) -> None:
    rows = [run("am_64", seed) for seed in range(3)]
    for row, value in zip(rows, (0.5, 0.6, 0.7), strict=True):
        row["metrics"] |= {"test_accuracy": value, "train_seconds": 100 * value}
    figures = write_experiment(rows, known_points("am_64"), tmp_path)
    assert figures == {
        "test_accuracy": pytest.approx(0.6),
        "test_accuracy_deviation": pytest.approx(0.1),
        "test_accuracy_low": pytest.approx(0.35, abs=0.05),
        "test_accuracy_high": pytest.approx(0.81, abs=0.05),
        "runs": 3.0,
        "seeds": 3.0,
        "train_seconds": pytest.approx(60.0),
    }
    assert (tmp_path / "learning_curve.png").read_bytes().startswith(PNG)


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    figures = write_experiment([run("am_64", 0)], [], tmp_path)
    assert "test_accuracy_deviation" not in figures and figures["runs"] == 1.0
