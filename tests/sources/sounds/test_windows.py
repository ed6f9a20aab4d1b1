"""Windows of the urban sound clips: what lies on disk, how it is divided, and what the manifest says of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import digest, read_json
from pipeline.base.seal import read_seal, seal
from tests.made_sounds import change_card, sounds, write, write_spectra


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_spectra(tmp_path)


def manifest(folder: Path, view: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(folder / "windows" / view / "manifest.json")
    return found


def test_sequences_are_the_clips_frames_and_padding_is_zero(folder: Path) -> None:
    write(folder, "w")
    clips, frames = pd.read_csv(folder / "spectra/clips.csv"), np.load(folder / "spectra/frames.npy")
    sequences = np.load(folder / "windows/w/sequences.npy")
    lengths = np.load(folder / "windows/w/lengths.npy")
    assert sequences.shape == (60, 5, 3)
    for row, (start, length) in enumerate(zip(clips["start"], clips["timesteps"], strict=True)):
        np.testing.assert_array_equal(sequences[row, :length], frames[start : start + length])
        assert not sequences[row, length:].any() and lengths[row] == length


def test_the_manifest_counts_and_digests_what_is_there(folder: Path) -> None:
    write(folder, "c")
    here, found = folder / "windows/c", manifest(folder, "c")
    assert found["shape"] == [60, 5, 3] and found["dtype"] == "float32" and found["folds"] == [1, 2]
    sealed = read_seal(here)
    assert all(digest(here / name) == value for name, value in sealed.items())
    assert {"sequences.npy", "splits/fold_1.json", "manifest.json"} <= set(sealed)
    counted = found["counts"]["fold_1"]
    assert sum(counted["test"]) == 30 and sum(map(sum, counted.values())) == 60


def test_the_audit_finds_leaks_in_shuffled_clips_and_none_in_folds(folder: Path) -> None:
    assert all(audit["share"] > 0.5 for audit in write(folder, "w").values())
    assert all(audit["share"] == 0 for audit in write(folder, "c").values())


def test_splits_differ_by_seed_and_not_by_the_number_of_seeds(folder: Path) -> None:
    write(folder, "w")
    two = [read_json(folder / f"windows/w/splits/seed_{seed}.json") for seed in range(2)]
    write(folder, "w", seeds=3)
    three = [read_json(folder / f"windows/w/splits/seed_{seed}.json") for seed in range(3)]
    assert two == three[:2] and two[0] != two[1]


@pytest.mark.parametrize(("clips", "used"), [(2552, 60), (50, 50)])
def test_no_clips_are_the_documents_own(clips: int, used: int, folder: Path) -> None:
    write(folder, "w", given=sounds(clips=clips))
    found = manifest(folder, "w")
    assert found["kind"] == "other" and found["data"].endswith(f": {used} clips")


def test_the_sample_is_said_to_be_one(folder: Path) -> None:
    change_card(folder, source="sample")
    write(folder, "w")
    assert manifest(folder, "w")["kind"] == "sample"


def test_too_few_clips_name_the_view_and_the_number(folder: Path) -> None:
    clips = pd.read_csv(folder / "spectra/clips.csv")
    clips[:12].to_csv(folder / "spectra/clips.csv", index=False)
    seal(folder / "spectra")
    with pytest.raises(UserError, match="view w: 12 clips are too few for as_written"):
        write(folder, "w")
    assert not (folder / "windows/w").exists()


def test_no_complete_fold_is_an_error(folder: Path) -> None:
    change_card(folder, complete_folds=[])
    with pytest.raises(UserError, match="view c: no fold is complete"):
        write(folder, "c")
