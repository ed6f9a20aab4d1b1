"""IDX, the format of MNIST: four bytes of magic, the sizes, then the values; here gzipped bytes."""

import gzip
import io
import zlib
from pathlib import Path

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.plain_files import MEGA, read_bytes

UNSIGNED_BYTE = 8
VALUES = 64 * MEGA  # of an array; MNIST's largest has 47


def read_idx(path: Path, dimensions: int, remedy: str) -> np.ndarray:
    """Read the uint8 array of an idx.gz file. No more is unpacked than its header says.

    Raises UserError, ending with the remedy, if it is not one, is cut off or says more than `VALUES`.

    Source: http://yann.lecun.com/exdb/mnist/, "the IDX file format".
    """
    packed = gzip.GzipFile(fileobj=io.BytesIO(read_bytes(path, VALUES, remedy)))
    try:
        head = packed.read(4 + 4 * dimensions)
        if len(head) < 4 + 4 * dimensions or head[:4] != bytes([0, 0, UNSIGNED_BYTE, dimensions]):
            raise UserError(f"{path} is not an IDX file of bytes with {dimensions} dimensions;\n{remedy}")
        shape = [int(size) for size in np.frombuffer(head, ">u4", dimensions, offset=4)]
        expected = int(np.prod(shape, dtype=object))
        if expected > VALUES:
            raise UserError(
                f"{path} has a header that says {expected:,} values, at most {VALUES:,} are read;\n{remedy}"
            )
        content = packed.read(expected + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path} is not a gzip file or was cut off ({error});\n{remedy}") from None
    if len(content) != expected:
        found = f"more than {expected}" if len(content) > expected else len(content)
        raise UserError(f"{path} has {found} values, but its header says {expected};\n{remedy}")
    return np.frombuffer(content, np.uint8).reshape(shape)
