"""Reads the windows of sounds: clips, splits, recordings and names; and computes how clips are sampled."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.console import UserError
from pipeline.base.files import digest_of, read_json
from pipeline.base.seal import read_seal, verified

_PARTS_SEED = 7  # for dividing the clips outside a test fold


def read_split(folder: Path, seed: int, fold: int | None) -> dict[str, Any]:
    """Read the split of a seed, or of a test fold. Raises UserError if there is none."""
    name = f"seed_{seed}.json" if fold is None else f"fold_{fold}.json"
    try:
        found: dict[str, Any] = read_json(verified(folder / "splits" / name, folder))
        return found
    except FileNotFoundError:
        raise UserError(f"{folder / 'splits' / name} does not exist; run `make reproduce`") from None


def read_array(folder: Path, name: str) -> np.ndarray:
    """Load `sequences`, `lengths` or `labels` of a view. Raises DamagedError if it is not as it was written."""
    found: np.ndarray = np.load(verified(folder / f"{name}.npy"), allow_pickle=False)
    return found


def rows_of(split: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows for training, validation and test, (rows,) int32 each."""
    train, validation, test = (np.array(split[part], np.int32) for part in ("train", "validation", "test"))
    return train, validation, test


def digest(folders: list[Path], split: dict[str, Any]) -> str:
    """Combine the digests of views of the same clips with one split."""
    first, *others = (read_seal(folder) for folder in folders)
    parts = [first[name] for name in ("sequences.npy", "lengths.npy", "labels.npy")]
    return digest_of([*parts, *(other["sequences.npy"] for other in others), split])


def read_recordings(folder: Path) -> np.ndarray:
    """Read the Freesound recording of every clip, (clips,)."""
    found: np.ndarray = pd.read_csv(verified(folder / "clips.csv"))["recording"].to_numpy()
    return found


def read_names(folder: Path) -> dict[int, str]:
    """Map each row to the file of its clip."""
    clips = pd.read_csv(verified(folder / "clips.csv"))
    places = enumerate(zip(clips["fold"], clips["name"], strict=True))
    return {row: f"fold{fold}/{name}" for row, (fold, name) in places}


def standardize(sequences: np.ndarray, lengths: np.ndarray, split: dict[str, Any]) -> None:
    """Subtract the split's mean and divide by its deviation in place, band by band; the padding stays 0."""
    mean, deviation = (np.array(split[name], np.float32) for name in ("mean", "deviation"))
    for row, length in zip(sequences, lengths, strict=True):
        row[:length] = (row[:length] - mean) / deviation


def tile(sequences: np.ndarray, lengths: np.ndarray, timesteps: int) -> np.ndarray:
    """Repeat each clip after its own end up to `timesteps`, (clips, timesteps, bands)."""
    steps = np.arange(timesteps)
    return np.stack([sequence[steps % length] for sequence, length in zip(sequences, lengths, strict=True)])


def group_parts(
    rows: np.ndarray, labels: np.ndarray, recordings: np.ndarray, parts: int, part: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into those outside and those inside a part, (rows,) int32 each, with no recording on both sides.

    The parts are the same for all runs, and have about the same share of each class.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(parts, shuffle=True, random_state=_PARTS_SEED)
    outside, inside = list(folds.split(rows, labels[rows], recordings[rows]))[part]
    return rows[outside].astype(np.int32), rows[inside].astype(np.int32)


def sampling_weights(recordings: np.ndarray, balance: float) -> np.ndarray:
    """Compute each clip's chance of being drawn, (clips,): its recording's number of clips to the power -balance."""
    _, place, counts = np.unique(recordings, return_inverse=True, return_counts=True)
    weights: np.ndarray = counts[place] ** -balance
    return weights / weights.sum()
