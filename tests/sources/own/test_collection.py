"""From a folder to data/raw/sounds: what the later stages read, and files that repeat or cannot be used."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.base.console import UserError
from pipeline.base.seal import damage
from pipeline.sources.own.about import about
from pipeline.sources.own.collection import NEITHER, collect
from pipeline.sources.own.listing import listing
from tests.made_own import folder, tone, write


def collected(source: Path, out: Path, **given: str) -> dict[str, Any]:
    return collect(listing(source), about(source, given), out)


def test_the_clips_are_what_the_stages_read(tmp_path: Path) -> None:
    card = collected(folder(tmp_path / "mine"), tmp_path / "raw", LICENCE="CC0", FOLDS="3")
    clips = pd.read_csv(tmp_path / "raw/clips.csv")
    assert damage(tmp_path / "raw") == [] and len(clips) == 18
    assert all((tmp_path / f"raw/audio/fold{one.fold}/{one.name}").is_file() for one in clips.itertuples())
    assert clips.groupby("class")["class_id"].unique().map(list).to_dict() == {"high": [0], "low": [1], "mid": [2]}
    assert (card["classes"], card["complete_folds"], card["licence"]) == (["high", "low", "mid"], [1, 2, 3], "CC0")
    assert card["source"] == "own" and card["data"] == "mine (own sounds)"
    assert pd.read_csv(tmp_path / "raw/sources.csv")["source"].str.startswith("high/high ").sum() == 6


def test_two_classes_get_a_third_answer(tmp_path: Path) -> None:
    card = collected(folder(tmp_path / "mine", ("high", "low")), tmp_path / "raw")
    assert card["classes"] == ["high", "low", NEITHER] and list(card["counts"]) == ["high", "low"]


def test_it_is_not_made_again_until_something_changes(tmp_path: Path) -> None:
    source, out = folder(tmp_path / "mine"), tmp_path / "raw"
    collected(source, out)
    before = (out / "clips.csv").stat().st_ino
    collected(source, out)
    assert (out / "clips.csv").stat().st_ino == before
    write(source / "low" / "new.wav", tone("low", 99))
    assert collected(source, out)["clips"] == 19


def test_a_file_that_cannot_be_used_is_left_out_and_named(tmp_path: Path) -> None:
    source = folder(tmp_path / "mine")
    (source / "low/broken.wav").write_text("no sound")
    card = collected(source, tmp_path / "raw")
    assert card["clips"] == 18 and card["rejected"] == 1
    assert card["unusable"][0][0] == "low/broken.wav" and "cannot be decoded" in card["unusable"][0][1]
    assert "low/broken.wav" in (tmp_path / "raw/rejected.csv").read_text()


def test_the_same_sound_twice_is_taken_once(tmp_path: Path) -> None:
    source = folder(tmp_path / "mine")
    shutil.copy(source / "low/low 0.wav", source / "low/zz.wav")
    card = collected(source, tmp_path / "raw")
    assert card["unusable"] == [["low/zz.wav", "the same sound as low/low 0.wav"]]
    assert len(list((tmp_path / "raw/audio").rglob("*.wav"))) == card["clips"] == 18


def test_the_same_sound_with_two_labels_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "mine")
    shutil.copy(source / "low/low 0.wav", source / "mid/zz.wav")
    with pytest.raises(UserError, match=r"'mid/zz.wav' is the same sound as 'low/low 0.wav', with another label"):
        collected(source, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_without_any_usable_file_that_is_said(tmp_path: Path) -> None:
    for label in ("high", "low"):
        (tmp_path / "mine" / label).mkdir(parents=True)
        (tmp_path / "mine" / label / "a.wav").touch()
    with pytest.raises(UserError, match=r"none of 2 files can be used; 'high/a.wav': empty file"):
        collected(tmp_path / "mine", tmp_path / "raw")
    folder(tmp_path / "mine", ("high",))
    with pytest.raises(UserError, match=r"class 'low' has no usable file; 'low/a.wav': empty file"):
        collected(tmp_path / "mine", tmp_path / "raw")


def test_a_recording_in_two_given_folds_is_counted(tmp_path: Path) -> None:
    source = folder(tmp_path / "mine", ("high", "low"), 4)
    lines = [f"{label}/{label} {n}.{('wav', 'flac', 'ogg')[n % 3]},{label},{n % 2 + 1},{label}{n // 2}" for label in
             ("high", "low") for n in range(4)]  # fmt: skip
    (source / "sounds.csv").write_text("\n".join(["path,label,fold,recording", *lines]))
    card = collected(source, tmp_path / "raw")
    assert card["folds_given"] and card["recordings_in_two_folds"] == 4
