"""Plain arrays in npz files: the same bytes for the same content, no pickle, and a digest of the content."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import whole_file
from pipeline.sources.plain_files import MEGA, fault, is_trouble_of_the_disk, told

MADE_AGAIN = "remove its folder and run `make reproduce`, which rebuilds it"
BYTES = 512 * MEGA  # of the arrays of a file together; MNIST's have 55, IMDB's 47
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


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
    """Read the named arrays of an npz.

    Raises UserError, ending with the remedy, if one is missing or damaged, or if the zip or the arrays promise more
    than `BYTES`; that is found before they are read.
    """
    why = fault(path)
    if why:
        raise UserError(f"{path} {why};\n{remedy}")
    if not zipfile.is_zipfile(path):
        raise UserError(f"{path} is not an npz file or was cut off;\n{remedy}")
    try:
        with zipfile.ZipFile(path) as packed:
            found = [name.removesuffix(".npy") for name in packed.namelist()]
            missing = [name for name in names if name not in found]
            if missing:
                listed = ascii(", ".join(found[:10]))[1:-1]
                raise UserError(f"{path} has no {' or '.join(missing)}, only {listed or 'nothing'};\n{remedy}")
            members = [packed.getinfo(f"{name}.npy") for name in names]
            size = sum(member.file_size for member in members)
            if size > BYTES:
                raise UserError(f"{path} unpacks to {size:,} bytes, at most {BYTES:,} are read;\n{remedy}")
            for member in members:
                _expect_size(packed, member)
            return {name: _read(packed, member) for name, member in zip(names, members, strict=True)}
    except UserError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for damaged bytes
        if is_trouble_of_the_disk(error):
            raise
        why = "needs pickle, which can run any code" if "pickle" in str(error) else f"is damaged ({told(error)})"
        raise UserError(f"{path} {why}; it is not read;\n{remedy}") from None


def _expect_size(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise ValueError unless the shape in an array's header needs the bytes that it has; numpy would reserve them."""
    with packed.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise ValueError(f"{member.filename} has format {version}")
        shape, _order, dtype = _HEADERS[version](stream)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} needs pickle")
        needed, left = dtype.itemsize * int(np.prod(shape, dtype=object)), member.file_size - stream.tell()
        if needed != left or min(shape, default=0) < 0:
            raise ValueError(f"{member.filename} is {shape} of {dtype}, and has {left} bytes")


def _read(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with packed.open(member) as stream:
        array: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):
            raise ValueError(f"{member.filename} is longer than its array")
        return array


def expect_content(where: Path | str, arrays: Mapping[str, np.ndarray], sha256: str, remedy: str = MADE_AGAIN) -> None:
    """Raise UserError if the arrays have another digest; it names their source `where` and ends with the remedy."""
    found = content_digest(arrays)
    if found != sha256:
        raise UserError(f"{where}: the content has the sha256 {found}, expected {sha256};\n{remedy}")
