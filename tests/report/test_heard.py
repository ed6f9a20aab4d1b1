"""Clips to listen to: which are chosen, and that a picture shows what is not heard."""

import numpy as np
import pytest
import soundfile
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pipeline.features.signals import as_written_bands
from pipeline.report import heard
from tests.made_results import corrected, run

TRUTHS = ("siren", "drilling", "car_horn", "dog_bark")


def example(truth, estimate, chance):
    return {"text": "", "truth": truth, "estimate": estimate, "probability": chance, "clip": f"fold1/{truth}.wav"}


def rows(**changes):
    shown = [example(truth, truth, 0.9 - 0.1 * place) for place, truth in enumerate(TRUTHS)]
    shown += [example(truth, "siren", 0.5) for truth in TRUTHS[1:]]
    return [run("us_state_10_100", 0, examples=shown, **changes)]


@pytest.fixture
def clips(tmp_path):
    (tmp_path / "fold1").mkdir()
    time = np.arange(44100) / 44100
    for truth in TRUTHS[:2]:
        soundfile.write(tmp_path / f"fold1/{truth}.wav", 0.5 * np.sin(2 * np.pi * 1000 * time), 44100)
    return tmp_path


@pytest.mark.parametrize("window", [10, 100])
def test_the_code_of_the_documents_is_deaf_below_that_frequency(window):
    n_fft = 441 * window // 10
    low = heard.deaf_below(window, 100)
    assert low == (4100 if window == 10 else 100)
    for hertz, audible in ((low - 100, False), (low + 200, True)):
        tone = 1000 * np.sin(2 * np.pi * hertz * np.arange(8820) / 44100)
        assert (as_written_bands(tone, n_fft, 441, 100).max() > 1) == audible


def test_the_surest_come_first_and_no_class_twice():
    found = heard.chosen([*rows(), *rows()])
    assert [one["truth"] for one in found] == ["siren", "drilling", "car_horn", *sorted(TRUTHS[1:])]
    assert [one["truth"] == one["estimate"] for one in found] == [True] * 3 + [False] * 3


def test_the_best_data_and_only_the_protocol_of_the_documents():
    mixed = [*rows(data_kind="sample", data="sample"), *rows(data_kind="other", data="real")]
    assert {one["data"] for one in heard.chosen(mixed)} == {"real"}
    assert heard.chosen(corrected("us_state_10_100_full")) == [] == heard.chosen([])


def test_sound_and_picture_of_the_clips_that_are_there(clips):
    found = heard.listen(rows(), clips, lambda path: b"", 4100)
    assert [one["truth"] for one in found] == ["siren", "drilling", "drilling"]
    assert [one["right"] for one in found] == [True, True, False]
    assert all(one["picture"].startswith("data:image/svg+xml,") for one in found)
    assert found == heard.listen(rows(), clips, lambda path: b"", 4100)
    assert [(name, len(clips)) for name, clips in heard.by_outcome(found)] == [("Right", 2), ("Wrong", 1)]
    assert heard.by_outcome([]) == []


def test_a_clip_that_cannot_be_read_is_left_out(clips):
    (clips / "fold1/siren.wav").write_bytes(b"RIFF")
    assert [one["truth"] for one in heard.listen(rows(), clips, lambda path: b"", 4100)] == ["drilling", "drilling"]


def test_what_is_not_heard_is_lighter():
    canvas = FigureCanvasAgg(heard.drawn(np.zeros(44100, np.float32), 44100, 4100))
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].mean(axis=2)
    column = pixels[:, pixels.shape[1] * 3 // 4]
    dark = np.flatnonzero(column < 30)
    assert dark[-1] - dark[0] > 100
    assert (column[dark[-1] + 4 : dark[-1] + 30] > 60).all()


def test_the_levels_end_with_the_tone():
    found = heard.levels(np.sin(2 * np.pi * 8000 * np.arange(44100) / 44100))
    assert found.shape[0] == 256 and found.min() == -80 and found.max() == 0
    assert found.mean(axis=1).argmax() == pytest.approx(256 * 8000 / 22050, abs=1)
