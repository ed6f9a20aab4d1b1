"""What several families share: runs without folds, the need for originals, an example of a class."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.console import UserError
from pipeline.files import read_json
from pipeline.training.data import Data


def each_seed(seeds: int) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs where there are no folds."""
    return [(seed, None) for seed in range(seeds)]


def fetched(raw: Path) -> bool:
    """Say whether the originals of a family are there."""
    card = raw / "card.json"
    return card.exists() and read_json(card)["data"] is not None


def need(windows: Path, name: str) -> None:
    """Raise UserError if there are no windows of an experiment, for its originals were not fetched."""
    if not windows.is_dir():
        raise UserError(f"{name}: its originals are not fetched; ORIGINALS=1 (run.originals: true) fetches them")


def class_example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example of a class: the estimate, and the truth in brackets."""
    truth, estimate = data.labels[int(data.targets[row])], data.labels[int(logits.argmax())]
    return {"text": f"{estimate} ({truth})", "truth": truth, "estimate": estimate, "probability": None}
