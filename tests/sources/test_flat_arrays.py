"""npz files of plain arrays: same bytes for same content, nothing that needs pickle, every fault told."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import content_digest, expect_content, read_arrays, write_arrays

ARRAYS = {"b": np.arange(6, dtype=np.int32).reshape(2, 3), "a": np.array([1, 0], np.uint8)}


def test_what_is_written_is_read(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    found = read_arrays(tmp_path / "x.npz", ["a", "b"])
    assert list(found) == ["a", "b"]
    assert all(np.array_equal(found[name], ARRAYS[name]) and found[name].dtype == ARRAYS[name].dtype for name in found)


def test_the_same_content_is_the_same_file(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    write_arrays(tmp_path / "y.npz", dict(reversed(ARRAYS.items())))
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()
    assert (tmp_path / "x.npz").read_bytes()[10:14] == bytes([0, 0, 33, 0])  # the zip's date: 1980, whenever it is made


def test_the_digest_is_of_name_type_shape_and_bytes():
    arrays = {"x": np.arange(6, dtype=np.int32)}
    others = [
        {"y": arrays["x"]},
        {"x": arrays["x"].astype(np.int64)},
        {"x": arrays["x"].astype(np.uint32)},
        {"x": arrays["x"].reshape(2, 3)},
        {"x": arrays["x"][::-1]},
        {"x": arrays["x"], "y": arrays["x"][:0]},
    ]
    assert len({content_digest(one) for one in [arrays, *others]}) == 7


def test_the_digest_knows_no_order_in_memory():
    assert content_digest(ARRAYS) == content_digest(dict(reversed(ARRAYS.items())))
    assert content_digest({"x": np.asfortranarray(ARRAYS["b"])}) == content_digest({"x": ARRAYS["b"]})


def test_another_content_is_refused(tmp_path):
    expect_content("here", ARRAYS, content_digest(ARRAYS))
    with pytest.raises(UserError, match=r"^here: the content has the sha256 \w{64}, expected 00;\nmend it"):
        expect_content("here", ARRAYS, "00", "mend it")


@pytest.mark.parametrize("kept", [0, 10, 300, -1])
def test_a_truncated_npz(tmp_path, kept):
    path = tmp_path / "x.npz"
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"x\.npz is not an npz file or was cut off;\nmend it"):
        read_arrays(path, ["a"], "mend it")


def test_a_flipped_byte(tmp_path):
    path = tmp_path / "x.npz"
    write_arrays(path, {"x": np.zeros(100, np.int32)})
    content = bytearray(path.read_bytes())
    content[content.index(b"\0" * 300) + 100] = 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.npz is damaged \(Bad CRC"):
        read_arrays(path, ["x"])


def test_an_npz_that_needs_pickle(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.array([[1], [1, 2]], object))
    with pytest.raises(UserError, match=r"x\.npz needs pickle, which can run any code; it is not read;\nremove"):
        read_arrays(tmp_path / "x.npz", ["x"])


def test_a_missing_array(tmp_path):
    write_arrays(tmp_path / "x.npz", ARRAYS)
    with pytest.raises(UserError, match=r"x\.npz holds no c and no d, only a, b"):
        read_arrays(tmp_path / "x.npz", ["a", "c", "d"])


def test_no_file_at_all(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "x.npz", ["a"])
