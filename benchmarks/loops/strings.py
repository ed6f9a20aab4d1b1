"""The training strings of am_64 against a plain recursive generator: check equal strings, then time 1,000."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import RandomState

from benchmarks.loops.plain_strings import plain_strings
from pipeline.base.console import UserError
from pipeline.sources.generated.strings import LONGEST, as_text, generate

SEED = 1234
CHECKED, MEASURED = 1000, 5000  # strings

Plain = Callable[[RandomState, int], list[str]]
Strings = Callable[[RandomState, int], Any]


def _same_state(one: RandomState, other: RandomState) -> bool:
    (_, words, place, *_), (_, other_words, other_place, *_) = one.get_state(), other.get_state()
    return place == other_place and np.array_equal(words, other_words)


def check(theirs: Plain = plain_strings, count: int = CHECKED) -> None:
    """Draw strings both ways. Raises UserError if a string or the final state of the random generator differs."""
    fast, plain = RandomState(SEED), RandomState(SEED)
    symbols, lengths = generate(fast, count)
    for place, text in enumerate(theirs(plain, count)):
        found = as_text(symbols[place], lengths[place])
        if found != text or symbols[place, len(text) : LONGEST].any():
            raise UserError(f"string {place} of seed {SEED} is {found}; the plain generator draws {text}")
    if not _same_state(fast, plain):
        raise UserError(f"{count} strings of seed {SEED} leave the random generator elsewhere than the plain one does")


def times(draw: Strings, count: int = MEASURED) -> dict[str, float]:
    """Draw strings, and return the CPU and wall time of 1,000, ms."""
    random = RandomState(SEED)
    cpu, wall = time.process_time(), time.perf_counter()
    draw(random, count)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu * 1e6 / count, "wall": wall * 1e6 / count}
