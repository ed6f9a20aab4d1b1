"""The song of document 002: its notes, its windows as printed, its bound, and its sound."""

import io

import numpy as np
import pytest
import soundfile

from pipeline.sources.generated.song import SONG, as_features, as_sound, best_without_memory, dataset, read_notes

NOTES = read_notes(SONG, 4)


def test_the_windows_are_those_that_the_document_prints() -> None:
    table = dataset(NOTES, 4)
    assert table.shape == (50, 5)
    assert table[:3].tolist() == [[11, 9, 2, 10, 8], [9, 2, 10, 8, 1], [2, 10, 8, 1, 7]]
    assert table[-1].tolist() == [11, 11, 9, 9, 2]
    assert table[:, -1].max() == 11


def test_a_note_is_heard_as_the_document_writes_it() -> None:
    assert as_features("g8", 1) == [11 / 13]
    assert as_features("g8", 2) == [4 / 6, 1.0] and as_features("e4", 2) == [2 / 6, 0.0]


def test_without_a_memory_46_of_50_is_the_most() -> None:
    assert best_without_memory(dataset(NOTES, 4)) == 46
    longer = dataset(NOTES, 8)
    assert best_without_memory(longer) == len(longer)  # eight notes tell what comes next


@pytest.mark.parametrize(
    ("text", "said"),
    [("g8 h8 c4 c4 c4", "'h8' is not a note"), ("g8 g8 g8 g8", "4 notes are too few for a window of 4")],
)
def test_what_is_no_song_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_notes(text, 4)


def test_the_sound_is_as_long_as_its_notes_and_as_high() -> None:
    samples, rate = soundfile.read(io.BytesIO(as_sound(["a4", "c8"])))
    assert len(samples) == rate * 3 // 4
    spectrum = np.abs(np.fft.rfft(samples[: rate // 2]))
    assert np.fft.rfftfreq(rate // 2, 1 / rate)[spectrum.argmax()] == pytest.approx(440, abs=2)
