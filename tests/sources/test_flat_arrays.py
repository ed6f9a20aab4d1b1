"""npz files of plain arrays: same bytes for same content, nothing that needs pickle, every fault told."""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources import flat_arrays
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
    with pytest.raises(UserError, match=r"x\.npz has no c or d, only a, b"):
        read_arrays(tmp_path / "x.npz", ["a", "c", "d"])


def test_no_file_at_all(tmp_path):
    with pytest.raises(UserError, match=r"x\.npz cannot be read \(No such file or directory\);\nremove its folder"):
        read_arrays(tmp_path / "x.npz", ["a"])


def declared(shape: str, dtype: str = "<i4", payload: bytes = b"\0" * 24, version: int = 1) -> bytes:
    """Return an npy whose header has this shape and type."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head = text + b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(head)) + head + payload


def packed(path: Path, content: bytes, kind: int = zipfile.ZIP_STORED) -> Path:
    """Write a zip with one array x."""
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr("x.npy", content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        declared("(1000000000000,)"),
        declared("(1000000, 1000000, 1000000)"),
        declared("(5,)"),
        declared("(7,)"),
        declared("(-6,)"),
        declared("(6.0,)"),
        declared("(True,) * 6"),
        declared("(" * 3000 + ")" * 3000),
        declared("(6,)", version=9),
        declared("(6,)", dtype="<U99999999999"),
        declared("(6,)", dtype="evil"),
        b"",
        b"\x93NUMPY\1\0\xff\xff",
    ],
)
def test_a_header_that_does_not_fit_its_bytes_is_refused_before_memory_is_taken(tmp_path, content):
    with pytest.raises(UserError, match=r"x\.npz is damaged \(.*\); it is not read;\nmend it") as said:
        read_arrays(packed(tmp_path / "x.npz", content), ["x"], "mend it")
    assert "allocate" not in str(said.value)
    assert read_arrays(packed(tmp_path / "x.npz", declared("(6,)")), ["x"])["x"].tolist() == [0] * 6


@pytest.mark.parametrize("lie", [False, True])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, lie):
    size = 30_000_000
    monkeypatch.setattr(flat_arrays, "BYTES", 10_000_000)
    path = packed(tmp_path / "x.npz", declared(f"({size},)", "|u1", bytes(size)), zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    assert len(content) < 40_000
    if lie:  # the directory says less than there is
        place = content.rindex(b"PK\1\2") + 24
        content[place : place + 4] = struct.pack("<I", 1000)
        path.write_bytes(content)
    said = r"is damaged" if lie else r"unpacks to 30,000,\d+ bytes, at most 10,000,000 are read"
    with pytest.raises(UserError, match=rf"x\.npz {said}.*\nmend it"):
        read_arrays(path, ["x"], "mend it")


def test_what_is_no_plain_file(tmp_path):
    os.mkfifo(tmp_path / "x.npz")
    with pytest.raises(UserError, match=r"x\.npz is not a plain file;\nremove"):
        read_arrays(tmp_path / "x.npz", ["a"])


def test_an_encrypted_or_oddly_packed_member(tmp_path):
    path = packed(tmp_path / "x.npz", declared("(6,)"))
    content = bytearray(path.read_bytes())
    for place, change in ((6, 1), (8, 99)):  # flags, method; also in the directory
        changed = bytearray(content)
        changed[place] = changed[content.rindex(b"PK\1\2") + place + 2] = change
        path.write_bytes(changed)
        with pytest.raises(UserError, match=r"x\.npz is damaged"):
            read_arrays(path, ["x"])
