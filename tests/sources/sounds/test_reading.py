"""What is read of the windows of sounds: splits, digests, names; clips repeated, divided and weighed."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import SEAL
from pipeline.sources.sounds import reading
from pipeline.sources.window_files import read_manifest
from tests.made_sounds import VIEWS, write, write_spectra

LABELS, RECORDINGS = np.arange(60) // 3 % 2, np.arange(60) // 3


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """The windows of three views of the same clips."""
    write_spectra(tmp_path)
    for view in VIEWS:
        write(tmp_path, view)
    return tmp_path / "windows"


def test_a_split_is_of_a_seed_or_of_a_test_fold(windows: Path) -> None:
    assert reading.read_split(windows / "w", 1, None) == read_json(windows / "w/splits/seed_1.json")
    assert reading.read_split(windows / "c", 1, 2) == read_json(windows / "c/splits/fold_2.json")
    parts = reading.rows_of(reading.read_split(windows / "c", 0, 2))
    assert sorted(np.concatenate(parts)) == list(range(60)) and parts[2].tolist() == list(range(30, 60))
    assert {rows.dtype for rows in parts} == {np.dtype(np.int32)}


def test_a_split_that_is_not_there_says_what_to_do(windows: Path) -> None:
    with pytest.raises(UserError, match=r"w/splits/seed_2\.json does not exist; run `make reproduce`"):
        reading.read_split(windows / "w", 2, None)


def test_a_clip_has_its_recording_and_its_name(windows: Path) -> None:
    assert read_manifest(windows / "c")["classes"] == ["siren", "drilling"]
    assert reading.read_recordings(windows / "c").tolist() == RECORDINGS.tolist()
    names = reading.read_names(windows / "c")
    assert names[0] == "fold1/0.wav" and names[59] == "fold2/59.wav" and len(names) == 60


def test_the_digest_covers_every_view_and_the_split_alone(windows: Path) -> None:
    both, split = [windows / "c", windows / "c_slow"], reading.read_split(windows / "c", 0, 1)
    one, two = reading.digest(both[:1], split), reading.digest(both, split)
    assert reading.digest(both, reading.read_split(windows / "c", 0, 2)) != two != one
    path = windows / "c_slow" / SEAL
    found = read_json(path)
    write_json(path, found | {"sequences.npy": "another"})
    assert reading.digest(both[:1], split) == one and reading.digest(both, split) != two
    write_json(path, found | {"splits/fold_2.json": "another"})
    assert reading.digest(both, split) == two


def test_bands_are_standardised_by_the_split_and_the_padding_stays_0() -> None:
    sequences = np.array([[[3, 10], [5, 20], [0, 0]], [[1, 30], [0, 0], [0, 0]]], np.float32)
    reading.standardize(sequences, np.array([2, 1]), {"mean": [3, 20], "deviation": [2, 10]})
    assert sequences[0].tolist() == [[0, -1], [1, 0], [0, 0]] and sequences[1].tolist() == [[-1, 1], [0, 0], [0, 0]]


def test_a_short_clip_is_repeated_behind_its_own_end() -> None:
    clips = np.arange(6).reshape(2, 3, 1)
    tiled = reading.tile(clips, np.array([2, 3]), 5)
    assert tiled[:, :, 0].tolist() == [[0, 1, 0, 1, 0], [3, 4, 5, 3, 4]]


def test_parts_share_no_recording_and_are_the_same_for_all() -> None:
    rows = np.arange(3, 57)
    inside = []
    for part in range(3):
        outside, tested = reading.group_parts(rows, LABELS, RECORDINGS, 3, part)
        assert sorted([*outside, *tested]) == rows.tolist() and outside.dtype == tested.dtype == np.int32
        assert not set(RECORDINGS[outside]) & set(RECORDINGS[tested])
        assert 0.3 < LABELS[tested].mean() < 0.7
        again = reading.group_parts(rows, LABELS, RECORDINGS, 3, part)[1]
        assert tested.tolist() == again.tolist()
        inside += tested.tolist()
    assert sorted(inside) == rows.tolist()


def test_a_recording_of_many_clips_is_drawn_less_often() -> None:
    weights = reading.sampling_weights(np.array([7, 7, 7, 7, 3]), 0.5)
    np.testing.assert_allclose(weights, np.array([0.5, 0.5, 0.5, 0.5, 1]) / 3)
    np.testing.assert_allclose(reading.sampling_weights(np.array([7, 7, 3]), 0.0), 1 / 3)
