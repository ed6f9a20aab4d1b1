"""IDX files: read, or the fault is told."""

import gzip

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.images.idx import read_idx
from tests.made_originals import idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("array", [IMAGES, IMAGES.ravel()])
def test_arrays(tmp_path, array):
    (tmp_path / "x.gz").write_bytes(idx(array))
    found = read_idx(tmp_path / "x.gz", array.ndim, "")
    assert np.array_equal(found, array) and found.dtype == np.uint8


@pytest.mark.parametrize("kept", [0, 5, 30, -1, -9])
def test_cut_off(tmp_path, kept):
    (tmp_path / "x.gz").write_bytes(idx(IMAGES)[:kept])
    with pytest.raises(UserError, match=r"x\.gz is not .*;\nmend it"):
        read_idx(tmp_path / "x.gz", 3, "mend it")


def test_not_packed(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.decompress(idx(IMAGES)))
    with pytest.raises(UserError, match=r"x\.gz is not a gzip file or was cut off \(Not a gzipped file"):
        read_idx(tmp_path / "x.gz", 3, "")


def test_a_flipped_byte(tmp_path):
    content = bytearray(idx(IMAGES))
    content[-6] ^= 1
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.gz is not a gzip file or was cut off \(CRC"):
        read_idx(tmp_path / "x.gz", 3, "")


def test_other_dimensions(tmp_path):
    (tmp_path / "x.gz").write_bytes(idx(IMAGES))
    with pytest.raises(UserError, match=r"x\.gz is not an IDX file of bytes with 1 dimensions"):
        read_idx(tmp_path / "x.gz", 1, "")


@pytest.mark.parametrize("change", [-1, 1])
def test_fewer_or_more_values_than_told(tmp_path, change):
    content = gzip.decompress(idx(IMAGES))
    (tmp_path / "x.gz").write_bytes(gzip.compress(content + b"x" if change > 0 else content[:-1]))
    with pytest.raises(UserError, match=rf"x\.gz has {24 + change} values, its header tells of 24"):
        read_idx(tmp_path / "x.gz", 3, "")


def test_a_header_that_tells_of_more_than_any_disk_holds(tmp_path):
    content = bytes([0, 0, 8, 3]) + b"\xff" * 12
    (tmp_path / "x.gz").write_bytes(gzip.compress(content))
    with pytest.raises(UserError, match=rf"has 0 values, its header tells of {(2**32 - 1) ** 3}"):
        read_idx(tmp_path / "x.gz", 3, "")
