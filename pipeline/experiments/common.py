"""What several families share: the need for originals, runs without folds, where data come from, an example."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.experiments import Experiment, Positive
from pipeline.sources.window_files import read_manifest, windows_digest
from pipeline.spec.data import Data, Source


class FromOriginals(Experiment):
    """An experiment on data that must be fetched."""

    @property
    def needs_original(self) -> bool:
        """Say yes."""
        return True


class Reader(FromOriginals):
    """A network that reads the last `timesteps` words of a text, of the `vocabulary` most frequent ones."""

    vocabulary: Positive
    timesteps: Positive

    @property
    def place(self) -> str:
        """Return the directory of its windows, which those share that read in the same way."""
        return f"{self.vocabulary}x{self.timesteps}"


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


def source_of(folder: Path, part: str) -> Source:
    """Return what the windows of a folder are, with the digest of one part of them."""
    about = read_manifest(folder)
    return Source(about["data"], about["kind"], windows_digest(folder, part))


def class_example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example of a class: the estimate, and the truth in brackets."""
    truth, estimate = data.labels[int(data.targets[row])], data.labels[int(logits.argmax())]
    return {"text": f"{estimate} ({truth})", "truth": truth, "estimate": estimate, "probability": None}
