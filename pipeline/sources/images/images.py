"""The images of digits in data/raw/digits: the 1,797 that ship with scikit-learn and, if requested, MNIST."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.cards import present, read_card
from pipeline.sources.flat_arrays import MADE_AGAIN, content_digest, expect_content, read_arrays, write_arrays

FIELDS = ("images", "labels", "training")


@dataclass(frozen=True, eq=False)
class Images:
    """Images (rows, height, width) and labels 0 to 9, uint8; `training` marks the rows of the set's own training part.

    `digits`: 8 x 8, values 0 to 16, no row marked. `mnist`: 28 x 28, values 0 to 255, Keras' 60,000 rows marked.
    """

    images: np.ndarray
    labels: np.ndarray
    training: np.ndarray
    card: dict[str, Any]


def write(folder: Path, name: str, images: Images) -> dict[str, Any]:
    """Write NAME.npz. Returns its part of the card, with the digest of the arrays added."""
    arrays = {field: getattr(images, field) for field in FIELDS}
    write_arrays(folder / f"{name}.npz", arrays)
    return {**images.card, "sha256": content_digest(arrays)}


def read(folder: Path, name: str) -> Images:
    """Read a set in data/raw/digits. Raises UserError if it is missing or has been changed."""
    about = folder / "card.json"
    sets = read_card(folder, "sets")["sets"]
    if not isinstance(sets, dict) or not isinstance(sets.get(name), dict):
        raise UserError(f"{about} is incomplete: it has no set {name};\n{MADE_AGAIN}")
    card = present(sets[name], about)
    path = folder / f"{name}.npz"
    arrays = read_arrays(path, FIELDS)
    expect_content(path, arrays, card.get("sha256", "none"))
    return Images(arrays["images"], arrays["labels"], arrays["training"], card)
