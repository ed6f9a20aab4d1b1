"""Windows as npz files in one sealed directory, with a manifest that describes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.files import read_json, write_json
from pipeline.base.seal import read_seal, sealed_directory, verified

Arrays = Mapping[str, np.ndarray]


def write_windows(out: Path, parts: Iterable[tuple[str, Arrays]], about: Mapping[str, Any]) -> None:
    """Write each (name, arrays) as name.npz and `about` into the manifest; the directory is whole or not there."""
    with sealed_directory(out) as beside:
        for name, arrays in parts:
            np.savez(beside / f"{name}.npz", allow_pickle=False, **arrays)
        shapes = {name: [*array.shape] for name, array in arrays.items()}  # all parts have the same arrays
        write_json(beside / "manifest.json", {**about, "shapes": shapes})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder of windows. Raises DamagedError if it is not as it was written."""
    manifest: dict[str, Any] = read_json(verified(folder / "manifest.json"))
    return manifest


def read_windows(folder: Path, name: str) -> dict[str, np.ndarray]:
    """Load the arrays of name.npz. Raises DamagedError if it is not as it was written."""
    with np.load(verified(folder / f"{name}.npz"), allow_pickle=False) as stored:
        return dict(stored)


def windows_digest(folder: Path, name: str) -> str:
    """Look up the sha256 of name.npz in the seal. Raises KeyError if it is not listed."""
    return read_seal(folder)[f"{name}.npz"]
