"""REPRISE_MIRROR: a folder that replaces downloads, with UrbanSound8K/ laid out as in its archive."""

import os
from pathlib import Path

from pipeline.base.console import UserError

VARIABLE = "REPRISE_MIRROR"


def folder() -> Path | None:
    """Return the folder set in the environment, or None."""
    value = os.environ.get(VARIABLE, "").strip()
    return Path(value).expanduser() if value else None


def find(mirror: Path) -> Path:
    """Find the folder UrbanSound8K of a mirror. Raises UserError naming the missing path."""
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
