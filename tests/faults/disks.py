"""Disks that are full."""

from contextlib import suppress
from pathlib import Path

PAGE = 4096


def fill(disk: Path, pages: int = 1) -> None:
    """Fill a disk but for some pages: with one, a file can be begun and not be finished."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        with suppress(OSError):
            while ballast.write(bytes(PAGE)):
                pass
        ballast.truncate(ballast.tell() - pages * PAGE)


def free(disk: Path) -> None:
    """Make room again."""
    (disk / "ballast").unlink()
