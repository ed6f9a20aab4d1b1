"""Windows as npz files in one directory, with a manifest that describes them and has the sha256 of each."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.files import digest, read_json, whole_directory, write_json

Arrays = Mapping[str, np.ndarray]


def write_windows(out: Path, parts: Iterable[tuple[str, Arrays]], about: Mapping[str, Any]) -> None:
    """Write each (name, arrays) as name.npz and `about` into the manifest; the directory is whole or not there."""
    with whole_directory(out) as beside:
        for name, arrays in parts:
            np.savez(beside / f"{name}.npz", allow_pickle=False, **arrays)
        shapes = {name: [*array.shape] for name, array in arrays.items()}  # all parts have the same arrays
        sums = {path.stem: digest(path) for path in sorted(beside.glob("*.npz"))}
        write_json(beside / "manifest.json", {**about, "shapes": shapes, "sha256": sums})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder of windows."""
    manifest: dict[str, Any] = read_json(folder / "manifest.json")
    return manifest


def read_windows(folder: Path, name: str) -> dict[str, np.ndarray]:
    """Load the arrays of name.npz."""
    with np.load(folder / f"{name}.npz") as stored:
        return dict(stored)


def windows_digest(folder: Path, name: str) -> str:
    """Look up the sha256 of name.npz in the manifest. Raises KeyError if it is not listed."""
    found: str = read_manifest(folder)["sha256"][name]
    return found
