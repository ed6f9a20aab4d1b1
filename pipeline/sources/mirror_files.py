"""The files of a family in the mirror, the folder set by REPRISE_MIRROR."""

from pathlib import Path

from pipeline.base.console import UserError
from pipeline.sources.mirror import VARIABLE

REMEDY = f"put a whole copy there, or unset {VARIABLE} to fetch the original"


def mirrored(mirror: Path, folder: str, *names: str) -> list[Path]:
    """Find the named files in a folder of the mirror. Raises UserError naming the missing one."""
    where = mirror_folder(mirror, folder)
    for name in names:
        if not (where / name).is_file():
            raise UserError(f"{VARIABLE}={mirror}: there is no file {where / name};\n{REMEDY}")
    return [where / name for name in names]


def mirror_folder(mirror: Path, folder: str) -> Path:
    """Find a folder of the mirror. Raises UserError naming the missing path."""
    for path in (mirror, mirror / folder):
        if not path.is_dir():
            text = f"{VARIABLE}={mirror}: there is no folder {path};\n{REMEDY}"
            raise UserError(f"{text}, or name in run.originals only the families that the mirror holds")
    return mirror / folder
