"""Windows of texts: word ids of a fixed length, most frequent words only, padded in front (protocols 5.1).

One directory for each (vocabulary, timesteps), which experiments share. `first` are readable texts, to be shown.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pipeline.sources.texts.texts import Texts, as_matrix
from pipeline.sources.window_files import Arrays, write_windows

PART = "texts"


class Reading(Protocol):
    """How an experiment reads texts."""

    vocabulary: int
    timesteps: int

    @property
    def place(self) -> str:
        """Return the directory of its windows."""


def write_texts(experiments: Iterable[Reading], parts: Sequence[Texts], about: dict[str, Any], out: Path) -> None:
    """Write the windows of every way of reading once: sequences (rows, timesteps) uint16 and targets (rows,) int32."""
    for name, one in {one.place: one for one in experiments}.items():
        matrix = np.concatenate([as_matrix(part.ids, part.lengths, one.vocabulary, one.timesteps) for part in parts])
        targets = np.concatenate([part.labels for part in parts])
        arrays: Arrays = {"sequences": matrix.astype(np.uint16), "targets": targets.astype(np.int32)}
        write_windows(out / name, [(PART, arrays)], about)


def hold_out(rows: np.ndarray, share: int, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows to train on, one in `share` held out): the last ones, or drawn by a seed."""
    drawn = rows if seed is None else np.random.default_rng([seed, 3]).permutation(rows)
    cut = len(rows) - len(rows) // share
    return drawn[:cut], drawn[cut:]
