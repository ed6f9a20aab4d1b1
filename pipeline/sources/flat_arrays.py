"""Plain arrays in npz files: the same bytes for the same content, no pickle, and a digest of the content."""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import whole_file

MADE_AGAIN = "remove its folder and run `make reproduce`, which makes it again"


def content_digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Compute the sha256 of the arrays' names, types, shapes and bytes, in the order of the names.

    It is of the content, not of a file: an npz contains dates and can be compressed in many ways.
    """
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.data)
    return total.hexdigest()


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an npz atomically. It is uncompressed, as zlib versions differ: same content, same file everywhere."""
    with whole_file(path) as beside, beside.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **dict(sorted(arrays.items())))


def read_arrays(path: Path, names: Sequence[str], remedy: str = MADE_AGAIN) -> dict[str, np.ndarray]:
    """Read the named arrays of an npz. Raises UserError, ending with the remedy, if one is missing or damaged."""
    if path.is_file() and not zipfile.is_zipfile(path):
        raise UserError(f"{path} is not an npz file or was cut off;\n{remedy}")
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in names if name not in file.files]
            if missing:
                raise UserError(f"{path} holds no {' and no '.join(missing)}, only {', '.join(file.files)};\n{remedy}")
            return {name: file[name] for name in names}
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        why = "needs pickle, which can run any code" if "pickle" in str(error) else f"is damaged ({error})"
        raise UserError(f"{path} {why}; it is not read;\n{remedy}") from None


def expect_content(where: Path | str, arrays: Mapping[str, np.ndarray], sha256: str, remedy: str = MADE_AGAIN) -> None:
    """Raise UserError if the arrays have another digest; it names their source `where` and ends with the remedy."""
    found = content_digest(arrays)
    if found != sha256:
        raise UserError(f"{where}: the content has the sha256 {found}, expected {sha256};\n{remedy}")
