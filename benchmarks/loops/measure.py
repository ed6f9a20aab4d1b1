"""Measure the loops: check that both sides agree, time them in turns (CPU and wall), list those below their goal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.compare import row_of
from benchmarks.loops import climate, melody, strings
from benchmarks.loops.plain_strings import plain_strings
from benchmarks.loops.sides import OURS, PLAIN, Make, started
from pipeline.base.console import UserError
from pipeline.sources.generated.strings import generate

Row = dict[str, Any]
CHECKED, TOLERANCE = 3, 1e-4  # epochs whose losses are compared, and their relative tolerance


@dataclass(frozen=True)
class Training:
    """Something that both sides train. `epochs`: per call, of each side; `parts`: the divisor of an epoch's time."""

    work: str
    peer: str
    ours: Make
    theirs: Make
    epochs: tuple[int, int]
    parts: int


SONG = "song_state, an epoch"
TRAININGS = (
    Training(SONG, "keras fit, an epoch a call", melody.ours, melody.document, (200, 10), 1),
    Training(SONG, "the same, TensorFlow's own threads", melody.ours, melody.document_on_all_cores, (200, 10), 1),
    Training("jena_gru, a step", "generator, keras fit", climate.ours, climate.document, (2, 2), climate.WHOLE.steps),
)
STRINGS = ("am_64, 1,000 strings", "recursive generator")
# The target ratio, by work.
GOALS = {SONG: 60.0, "jena_gru, a step": 2.5, "am_64, 1,000 strings": 20.0}


def check(work: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Raise UserError if the losses of an epoch differ."""
    for epoch, (our, their) in enumerate(zip(ours, theirs, strict=True), 1):
        if not math.isclose(our, their, rel_tol=TOLERANCE):  # NaN is close to nothing
            raise UserError(f"{work}: the loss of the document's code in epoch {epoch} is {their:.7f}, ours {our:.7f}")


def train(training: Training, repeats: int) -> Row:
    """Measure a training, see `compare.row_of`. Raises UserError if a side fails or the losses differ."""
    with (
        started(f"{training.work}, ours", training.ours, OURS) as ours,
        started(f"{training.work}, {training.peer}", training.theirs, PLAIN) as theirs,
    ):
        check(training.work, ours.losses(CHECKED), theirs.losses(CHECKED))
        turns = [
            (ours.times(training.epochs[0], training.parts), theirs.times(training.epochs[1], training.parts))
            for _ in range(repeats)
        ]
    return row_of(training.work, training.peer, [our for our, _ in turns], [their for _, their in turns])


def draw(repeats: int) -> Row:
    """Measure the drawing of strings. Raises UserError if the strings differ."""
    strings.check()
    turns = [(strings.times(generate), strings.times(plain_strings)) for _ in range(repeats)]
    return row_of(*STRINGS, [our for our, _ in turns], [their for _, their in turns])


def measure(repeats: int = 5) -> list[Row]:
    """Measure all loops."""
    return [*(train(training, repeats) for training in TRAININGS), draw(repeats)]


def missed(rows: Sequence[Row]) -> list[str]:
    """Write a sentence for each row whose ratio is below its target."""
    return [
        f"{row['work']} beside {row['peer']}: the ratio is {row['ratio']:.2f}, aimed at is {GOALS[row['work']]:g}"
        for row in rows
        if row["ratio"] < GOALS[row["work"]]
    ]
