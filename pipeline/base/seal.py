"""Sealed directories: what a stage writes carries the sha256 of every file, and a file is checked when it is read.

The seal is `sha256.json` in the directory, {relative path: sha256}. It makes a bit that flipped on the disk, or an edit
by hand, an error that names the file, where it would otherwise change a result in silence.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.files import digest, read_json, whole_directory, write_json

SEAL = "sha256.json"
REMEDY = "run `make verify`, which removes what is damaged, and `make reproduce`, which makes it again"


class DamagedError(UserError):
    """A file is not what was written."""


def digests(folder: Path) -> dict[str, str]:
    """Compute the sha256 of every file below a directory but its seal, by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SEAL)
    return {path.relative_to(folder).as_posix(): digest(path) for path in files}


def seal(folder: Path) -> None:
    """Write the seal of a directory; its files must not change afterwards."""
    write_json(folder / SEAL, digests(folder))


@contextmanager
def sealed_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory to fill, as `whole_directory` does; it is sealed before it takes the place of `path`."""
    with whole_directory(path) as beside:
        yield beside
        seal(beside)


def read_seal(folder: Path) -> dict[str, str]:
    """Read the seal of a directory. Raises FileNotFoundError if there is none, DamagedError if it is not whole."""
    path = folder / SEAL
    found = path.stat()
    try:
        return _read(path, found.st_mtime_ns, found.st_ino)
    except ValueError as error:
        raise DamagedError(f"{path} cannot be read ({error});\n{REMEDY}") from None


@lru_cache(maxsize=64)  # thousands of clips share one seal
def _read(path: Path, changed: int, inode: int) -> dict[str, str]:
    found = read_json(path)
    if not isinstance(found, dict):
        raise ValueError("it is not a table of digests")
    return found


def verified(path: Path, root: Path | None = None) -> Path:
    """Check a file against the seal of its directory, `root` if that is not its parent, and return its path.

    Raises DamagedError naming the file if its content is another, FileNotFoundError if it is not there.
    """
    folder = root or path.parent
    expected = read_seal(folder).get(path.relative_to(folder).as_posix())
    found = digest(path)
    if expected is None:
        raise DamagedError(f"{path} is not part of {folder / SEAL};\n{REMEDY}")
    if found != expected:
        raise DamagedError(f"{path} is not what was written (another sha256);\n{REMEDY}")
    return path


def damage(folder: Path) -> list[Path]:
    """List the files of a sealed directory that are missing, added or changed; the seal itself if it is unreadable."""
    try:
        expected = read_seal(folder)
    except (DamagedError, FileNotFoundError):
        return [folder / SEAL]
    found = digests(folder)
    return [folder / name for name in sorted(expected.keys() | found.keys()) if expected.get(name) != found.get(name)]


def require_whole(folder: Path) -> None:
    """Raise DamagedError naming the first file of a sealed directory that is not what was written."""
    for path in damage(folder):
        raise DamagedError(f"{path} is not what was written;\n{REMEDY}")
