"""Folds of one's own sounds: no recording in two, every class in all, given ones as they are."""

from collections import defaultdict

import pytest

from pipeline.base.console import UserError
from pipeline.sources.own.folds import folds_of
from pipeline.sources.own.pieces import Piece


def piece(label: str, recording: str, fold: str = "") -> Piece:
    return Piece("x.wav", label, fold, recording, "", "x", 0.0, 8000, 100, "0" * 64)


def made(recordings: dict[str, int], clips: int = 3) -> list[Piece]:
    return [
        piece(label, f"{label}{n}") for label, count in recordings.items() for n in range(count) for _ in range(clips)
    ]


def test_no_recording_is_in_two_folds_and_every_class_in_all() -> None:
    pieces = made({"a": 7, "b": 12, "c": 9})
    folds = folds_of(pieces, 5)
    of_recording, of_class = defaultdict(set), defaultdict(set)
    for one, fold in zip(pieces, folds, strict=True):
        of_recording[one.recording].add(fold)
        of_class[one.label].add(fold)
    assert all(len(found) == 1 for found in of_recording.values())
    assert all(found == {1, 2, 3, 4, 5} for found in of_class.values())
    assert folds == folds_of(pieces, 5)


def test_the_rarest_class_decides_how_many_folds_there_are() -> None:
    assert set(folds_of(made({"a": 3, "b": 20}), 5)) == {1, 2, 3}


@pytest.mark.parametrize(
    ("names", "numbers"), [(["1", "5", "10"], [1, 5, 10]), (["b", "a", "c"], [2, 1, 3]), (["f10", "f2"], [2, 1])]
)
def test_given_folds_keep_their_numbers_or_get_some(names: list[str], numbers: list[int]) -> None:
    pieces = [piece(label, f"{label}{name}", name) for name in names for label in "ab"]
    assert folds_of(pieces, 5) == [number for number in numbers for _ in "ab"]


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (made({"a": 9}), "one class only, 'a'"),
        (made({"a": 9, "b": 2}), "class 'b' has 2 recordings, 3 or more are needed"),
        ([piece("a", "x", "1"), piece("b", "y", "1")], "all clips are in fold '1'"),
        ([piece("a", "x", "1"), piece("a", "z", "2"), piece("b", "y", "1")], "class 'b' is in one fold only"),
    ],
)
def test_what_cannot_be_learned_and_tested_is_refused(pieces: list[Piece], words: str) -> None:
    with pytest.raises(UserError, match=words):
        folds_of(pieces, 5)
