"""Test folds for one's own sounds: those given, or made so that no recording is in two and classes have even shares."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from pipeline.base.console import UserError, plural
from pipeline.sources.own.pieces import Piece

LEAST = 3  # recordings of a class: to train on, to validate on, to test on
_SEED = 11
_DIGITS = re.compile(r"(\d+)")


def folds_of(pieces: Sequence[Piece], wanted: int) -> list[int]:
    """Number the test fold of every clip, from 1. Raises UserError where a class cannot be learned and tested."""
    recordings: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        recordings[piece.label].add(piece.recording)
    if len(recordings) < 2:
        only = ", ".join(f"'{label}'" for label in recordings)
        raise UserError(f"there is one class only, {only}; two or more are needed to tell them apart")
    if pieces[0].fold:
        return _given(pieces)
    rarest = min(sorted(recordings), key=lambda label: len(recordings[label]))
    if len(recordings[rarest]) < LEAST:
        raise UserError(
            f"class '{rarest}' has {plural(len(recordings[rarest]), 'recording')}, {LEAST} or more are needed; "
            "add some, or leave the class out"
        )
    return _made(pieces, min(wanted, len(recordings[rarest])))


def _given(pieces: Sequence[Piece]) -> list[int]:
    names = sorted({piece.fold for piece in pieces}, key=_natural)
    if len(names) < 2:
        raise UserError(f"all clips are in fold '{names[0]}'; give two or more, or leave the column out")
    inside: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        inside[piece.label].add(piece.fold)
    lonely = [label for label in sorted(inside) if len(inside[label]) < 2]
    if lonely:
        raise UserError(
            f"class '{lonely[0]}' is in one fold only, so it could not be learned when it is tested; spread it"
        )
    numbers = {name: number for number, name in enumerate(names, 1)}
    if all(name.isdecimal() and 0 < int(name) < 1000 for name in names):
        numbers = {name: int(name) for name in names}
    return [numbers[piece.fold] for piece in pieces]


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Sort 2 before 10."""
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in _DIGITS.split(text) if part]


def _made(pieces: Sequence[Piece], count: int) -> list[int]:
    from sklearn.model_selection import StratifiedGroupKFold

    labels, groups = (np.array([getattr(piece, name) for piece in pieces]) for name in ("label", "recording"))
    found = np.zeros(len(pieces), int)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=_SEED)
    for number, (_, inside) in enumerate(splitter.split(labels, labels, groups), 1):
        found[inside] = number
    return [int(number) for number in found]
