"""REPRISE_MIRROR: a folder that stands in for the internet, with UrbanSound8K/ laid out as its archive is."""

import os
from pathlib import Path

from pipeline.base.console import UserError

VARIABLE = "REPRISE_MIRROR"


def folder() -> Path | None:
    """Return the folder that the environment names, None if it names none."""
    value = os.environ.get(VARIABLE, "").strip()
    return Path(value).expanduser() if value else None


def find(mirror: Path) -> Path:
    """Return the folder UrbanSound8K of a mirror. Raises UserError naming the path that is not there."""
    root = mirror / "UrbanSound8K"
    for path, kind in (
        (mirror, "folder"),
        (root / "metadata" / "UrbanSound8K.csv", "file"),
        (root / "audio", "folder"),
    ):
        if not (path.is_file() if kind == "file" else path.is_dir()):
            layout = "UrbanSound8K/audio/foldN/*.wav and UrbanSound8K/metadata/UrbanSound8K.csv"
            raise UserError(
                f"{VARIABLE}={mirror}: there is no {kind} {path}.\nA mirror holds {layout}; unset it to download"
            )
    return root
