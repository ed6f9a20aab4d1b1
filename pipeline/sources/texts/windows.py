"""Windows of texts: word ids of a fixed length, most frequent words only, padded in front (protocols 5.1).

One directory for each (vocabulary, timesteps), shared by experiments. `first` are readable texts for the examples.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.sources.texts.texts import Texts, as_matrix
from pipeline.sources.window_files import Arrays, write_windows

PART = "texts"


def folder(vocabulary: int, timesteps: int) -> str:
    """Name the directory for the windows of a vocabulary and length."""
    return f"{vocabulary}x{timesteps}"


def write_texts(sizes: Iterable[tuple[int, int]], parts: Sequence[Texts], about: dict[str, Any], out: Path) -> None:
    """Write the windows of every (vocabulary, timesteps): sequences (rows, timesteps) uint16, targets (rows,) int32."""
    for vocabulary, timesteps in sorted(set(sizes)):
        matrix = np.concatenate([as_matrix(part.ids, part.lengths, vocabulary, timesteps) for part in parts])
        targets = np.concatenate([part.labels for part in parts])
        arrays: Arrays = {"sequences": matrix.astype(np.uint16), "targets": targets.astype(np.int32)}
        write_windows(out / folder(vocabulary, timesteps), [(PART, arrays)], about)


def hold_out(rows: np.ndarray, share: int, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into (training, held out), one in `share` held out: the last ones, or drawn by a seed."""
    drawn = rows if seed is None else np.random.default_rng([seed, 3]).permutation(rows)
    cut = len(rows) - len(rows) // share
    return drawn[:cut], drawn[cut:]
