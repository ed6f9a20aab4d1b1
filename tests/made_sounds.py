"""Spectra of a few made clips of sound, and the windows of their views."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.files import read_json, write_json
from pipeline.base.seal import seal
from pipeline.sources.sounds.windows import write_view
from pipeline.spec.sections import sounds_of
from pipeline.spec.sounds import Sounds

CLASSES = ["siren", "drilling"]
VIEWS = {
    "w": {"hop_ms": 10, "window_ms": 10},
    "c": {"hop_ms": 10, "window_ms": 100, "protocol": "corrected"},
    "c_slow": {"from": "c", "speed": 0.8},
}
SMALL = {"document": "000", "variant": "lstm", "units": 2, "epochs": 2}  # an experiment


def sounds(**changes: Any) -> Sounds:
    """Return the section `sounds` of params.yaml, with three views of 3 bands."""
    return sounds_of({"sounds": {"views": VIEWS, "bands": 3, **changes}})


def write_spectra(folder: Path) -> Path:
    """Write spectra/: 60 clips of 20 recordings in two folds, 1 to 5 timesteps of 3 bands each. Returns the folder."""
    random = np.random.default_rng(1)
    timesteps = random.integers(1, 6, 60)
    recordings = np.arange(60) // 3
    clips = pd.DataFrame(
        {
            "name": [f"{n}.wav" for n in range(60)],
            "fold": recordings // 10 + 1,
            "recording": recordings,
            "class": [CLASSES[r % 2] for r in recordings],
            "class_id": recordings % 2,
            "start": np.cumsum(timesteps) - timesteps,
            "timesteps": timesteps,
        }
    )
    (folder / "spectra").mkdir()
    clips.to_csv(folder / "spectra/clips.csv", index=False)
    np.save(folder / "spectra/frames.npy", random.normal(5, 3, (timesteps.sum(), 3)).astype(np.float32))
    card = {"data": "part of UrbanSound8K", "source": "mirror", "complete_folds": [1, 2], "classes": CLASSES}
    write_json(folder / "spectra/card.json", card)
    seal(folder / "spectra")
    return folder


def change_card(folder: Path, **changes: Any) -> None:
    """Change what the card of the spectra says."""
    path = folder / "spectra/card.json"
    write_json(path, read_json(path) | changes)
    seal(path.parent)


def write(folder: Path, view: str, seeds: int = 2, given: Sounds | None = None) -> dict[str, Any]:
    """Write the windows of a view below windows/, and return its leakage audit."""
    return write_view(view, given or sounds(), seeds, folder / "spectra", folder / "windows" / view)
