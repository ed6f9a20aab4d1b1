"""Windows of the urban sound clips: one directory per view with sequences.npy, lengths.npy, labels.npy, clips.csv,
splits/*.json and manifest.json.

sequences.npy is (clips, timesteps, bands) float32, padded with zeros after the end of each clip.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import sealed_directory, verified
from pipeline.sources.sounds.leakage import leakage
from pipeline.sources.sounds.splits import Split, as_written_split, fold_split, statistics_of
from pipeline.spec.sounds import Sounds, View


def _write_sequences(path: Path, frames: np.ndarray, clips: pd.DataFrame) -> None:
    timesteps, bands = int(clips["timesteps"].max()), frames.shape[1]
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(clips), timesteps, bands)}
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for start, length in zip(clips["start"], clips["timesteps"], strict=True):
            clip = np.zeros((timesteps, bands), np.float32)
            clip[:length] = frames[start : start + length]
            stream.write(clip.tobytes())


def _make_splits(
    name: str, view: View, clips: pd.DataFrame, seeds: int, at_most: int, folds: list[int]
) -> dict[str, Split]:
    try:
        if view.protocol == "corrected":
            return {f"fold_{fold}": fold_split(clips, fold) for fold in folds}
        return {
            f"seed_{seed}": as_written_split(
                len(clips), at_most, np.random.RandomState([1234 + seed, view.hop_ms, view.window_ms])
            )
            for seed in range(seeds)
        }
    except UserError as error:
        raise UserError(f"view {name}: {error}") from None


def _counts(labels: np.ndarray, splits: dict[str, Split], classes: list[str]) -> dict[str, dict[str, list[int]]]:
    """Count the clips of each class, for each split and part."""
    parts = ("train", "validation", "test")
    return {
        name: {part: np.bincount(labels[split[part]], minlength=len(classes)).tolist() for part in parts}
        for name, split in splits.items()
    }


def _about(card: dict[str, Any], view: View, admitted: int, at_most: int) -> dict[str, str]:
    """Describe the data. They are never the documents' own, for nobody knows which 2,552 clips those were."""
    if card["source"] == "sample":
        return {"data": "the built-in sample", "kind": "sample"}
    clips = min(admitted, at_most) if view.protocol == "as_written" else admitted
    return {"data": f"{card['data']}: {clips} clips", "kind": "other"}


def _write_arrays(folder: Path, frames: np.ndarray, clips: pd.DataFrame) -> np.ndarray:
    """Write sequences, lengths, labels and clips; return the sequences memory-mapped from disk."""
    _write_sequences(folder / "sequences.npy", frames, clips)
    np.save(folder / "lengths.npy", clips["timesteps"].to_numpy(np.int32))
    np.save(folder / "labels.npy", clips["class_id"].to_numpy(np.int32))
    clips[["name", "fold", "recording", "class"]].to_csv(folder / "clips.csv", index=False)
    return np.load(folder / "sequences.npy", mmap_mode="r")


def _write_splits(
    folder: Path, splits: dict[str, Split], sequences: np.ndarray, lengths: np.ndarray, fit: bool
) -> None:
    """Write each split; with `fit`, also the mean and deviation of its training part."""
    for name, parts in splits.items():
        fitted = statistics_of(sequences, lengths, parts["train"]) if fit else {}
        write_json(folder / f"{name}.json", {**parts, **fitted})


def write_view(name: str, sounds: Sounds, seeds: int, spectra: Path, out: Path) -> dict[str, dict[str, Any]]:
    """Write the windows of one view from its spectra, all or none, and return its leakage audit by split."""
    view, card = sounds.views[name], read_json(verified(spectra / "card.json"))
    clips = pd.read_csv(verified(spectra / "clips.csv"))
    corrected = view.protocol == "corrected"
    folds = card["complete_folds"] if corrected else []
    if corrected and not folds:
        raise UserError(
            f"view {name}: no fold is complete, so none can be the test part; data/raw/sounds/rejected.csv says why"
        )
    splits = _make_splits(name, view, clips, seeds, sounds.clips, folds)
    labels = clips["class_id"].to_numpy(np.int32)
    with sealed_directory(out) as beside:
        sequences = _write_arrays(beside, np.load(verified(spectra / "frames.npy"), mmap_mode="r"), clips)
        _write_splits(beside / "splits", splits, sequences, clips["timesteps"].to_numpy(), fit=corrected)
        manifest = {
            **_about(card, view, len(clips), sounds.clips),
            "protocol": view.protocol,
            "classes": card["classes"],
            "folds": folds,
            "shape": list(sequences.shape),
            "dtype": str(sequences.dtype),
            "counts": _counts(labels, splits, card["classes"]),
        }
        write_json(beside / "manifest.json", manifest)
    return _audit(clips["recording"].to_numpy(), splits)


def _audit(recordings: np.ndarray, splits: dict[str, Split]) -> dict[str, dict[str, Any]]:
    return {
        split: leakage(recordings, np.array(parts["train"]), np.array(parts["test"])) for split, parts in splits.items()
    }
