"""IDX, the format of MNIST: four bytes of magic, the sizes, then the values; here gzipped bytes."""

import gzip
import zlib
from pathlib import Path

import numpy as np

from pipeline.base.console import UserError

UNSIGNED_BYTE = 8


def read_idx(path: Path, dimensions: int, remedy: str) -> np.ndarray:
    """Read the uint8 array of an idx.gz file. Raises UserError, ending with the remedy, if it is not one or is cut off.

    Source: http://yann.lecun.com/exdb/mnist/, "the IDX file format".
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path} is not a gzip file or was cut off ({error});\n{remedy}") from None
    start = 4 + 4 * dimensions
    if len(content) < start or content[:4] != bytes([0, 0, UNSIGNED_BYTE, dimensions]):
        raise UserError(f"{path} is not an IDX file of bytes with {dimensions} dimensions;\n{remedy}")
    shape = [int(size) for size in np.frombuffer(content, ">u4", dimensions, offset=4)]
    found, expected = len(content) - start, int(np.prod(shape, dtype=object))
    if found != expected:
        raise UserError(f"{path} has {found} values, its header tells of {expected};\n{remedy}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
