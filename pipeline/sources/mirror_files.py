"""The files of a family in the mirror, the folder set by REPRISE_MIRROR."""

from pathlib import Path

from pipeline.base.console import UserError
from pipeline.sources.mirror import VARIABLE
from pipeline.sources.plain_files import leads_out

REMEDY = f"put a complete copy there, or unset {VARIABLE} to fetch the original"


def mirrored(mirror: Path, folder: str, *names: str) -> list[Path]:
    """Find the named files in a folder of the mirror. Raises UserError naming the one that is missing or
    a link out of the mirror.
    """
    where = mirror_folder(mirror, folder)
    for name in names:
        path = where / name
        if not path.is_file():
            raise UserError(f"{VARIABLE}={mirror}: there is no file {path};\n{REMEDY}")
        if leads_out(path, mirror.resolve(), where.resolve()):
            raise UserError(f"{VARIABLE}={mirror}: {path} is a link that leads out of the mirror;\n{REMEDY}")
    return [where / name for name in names]


def mirror_folder(mirror: Path, folder: str) -> Path:
    """Find a folder of the mirror. Raises UserError naming the missing path."""
    for path in (mirror, mirror / folder):
        if not path.is_dir():
            text = f"{VARIABLE}={mirror}: there is no folder {path};\n{REMEDY}"
            raise UserError(f"{text}, or list in run.originals only the families that the mirror has")
    return mirror / folder
