"""Splits of the urban sound clips: as the documents cut them, and by the official folds."""

from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.console import UserError

Split = dict[str, Any]


def as_written_split(clips: int, at_most: int, random: np.random.RandomState) -> Split:
    """Shuffle the rows clip by clip and cut them 80/5/15, training in whole tens (protocols, section 2)."""
    rows = np.arange(clips)
    random.shuffle(rows)
    rows = rows[:at_most]
    train, validation = int(0.8 * len(rows) / 10) * 10, int(0.05 * len(rows))
    if not (train and validation and len(rows) > train + validation):
        raise UserError(
            f"{len(rows)} clips are too few for as_written, which needs at least 20 (80 % train, 5 %, 15 %)"
        )
    parts = np.split(rows, [train, train + validation])
    return {name: part.tolist() for name, part in zip(("train", "validation", "test"), parts, strict=True)}


def fold_split(clips: pd.DataFrame, fold: int, share: float = 0.1) -> Split:
    """Use one fold as the test part and the others for training; a tenth of their recordings validates.

    clips: columns `fold` and `recording`, the Freesound recording; no recording is on two sides. The official folds
    split five recordings; clips of these outside the test fold are left out.
    """
    test = (clips["fold"] == fold).to_numpy()
    tested = clips["recording"].isin(clips.loc[test, "recording"]).to_numpy()
    outside = clips.loc[~tested, "recording"].unique()
    random = np.random.default_rng([20190201, fold])
    held = set(random.permutation(outside)[: max(1, int(share * len(outside)))])
    validation = clips["recording"].isin(held).to_numpy()
    train = ~tested & ~validation
    split = {"train": train, "validation": validation, "test": test}
    empty = [name for name, part in split.items() if not part.any()]
    if empty:
        raise UserError(
            f"fold {fold} leaves no clip for {' and '.join(empty)}; the clips of two or more folds are needed"
        )
    return {name: np.flatnonzero(part).tolist() for name, part in split.items()}


def statistics_of(sequences: np.ndarray, lengths: np.ndarray, rows: list[int]) -> dict[str, list[float]]:
    """Compute mean and deviation of each band over all timesteps of the rows, reading one clip at a time."""
    total = np.zeros((2, sequences.shape[2]))
    for row in rows:
        frames = np.asarray(sequences[row, : lengths[row]], np.float64)
        total += [frames.sum(axis=0), (frames**2).sum(axis=0)]
    mean, square = total / sum(int(lengths[row]) for row in rows)
    deviation = np.sqrt(np.maximum(square - mean**2, 1e-8))
    return {"mean": mean.tolist(), "deviation": deviation.tolist()}
