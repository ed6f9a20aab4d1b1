"""IDX files: read, or the fault is told."""

import gzip
import os
import tracemalloc

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
    found = "more than 24" if change > 0 else "23"
    with pytest.raises(UserError, match=rf"x\.gz has {found} values, but its header says 24"):
        read_idx(tmp_path / "x.gz", 3, "")


def test_a_header_that_tells_of_more_than_any_disk_holds(tmp_path):
    content = bytes([0, 0, 8, 3]) + b"\xff" * 12
    (tmp_path / "x.gz").write_bytes(gzip.compress(content))
    with pytest.raises(
        UserError, match=rf"has a header that says {(2**32 - 1) ** 3:,} values, at most 64,000,000 are read"
    ):
        read_idx(tmp_path / "x.gz", 3, "")


def test_a_bomb_is_not_unpacked_further_than_its_header_says(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 24]) + bytes(300_000_000), 1))
    tracemalloc.start()
    with pytest.raises(UserError, match=r"x\.gz has more than 24 values, but its header says 24"):
        read_idx(tmp_path / "x.gz", 1, "")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_what_is_no_plain_file(tmp_path):
    os.mkfifo(tmp_path / "x.gz")
    with pytest.raises(UserError, match=r"x\.gz is not a plain file;\nmend it"):
        read_idx(tmp_path / "x.gz", 1, "mend it")
