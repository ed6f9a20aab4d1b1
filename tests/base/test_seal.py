"""Sealed directories: every kind of change to any file is found when the file is read."""

from pathlib import Path

import pytest

from pipeline.base.seal import SEAL, DamagedError, damage, digests, read_seal, sealed_directory, verified


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sealed_directory(tmp_path / "made") as beside:
        (beside / "a.npy").write_bytes(b"first")
        (beside / "below").mkdir()
        (beside / "below/b.json").write_bytes(b"second")
    return tmp_path / "made"


def test_what_was_written_is_read(folder: Path) -> None:
    assert verified(folder / "a.npy") == folder / "a.npy"
    assert verified(folder / "below/b.json", folder).read_bytes() == b"second"
    assert read_seal(folder) == digests(folder) and damage(folder) == []


def test_one_flipped_bit_is_found_and_named(folder: Path) -> None:
    (folder / "a.npy").write_bytes(b"firsu")
    with pytest.raises(DamagedError, match=r"a\.npy is not what was written.*\n.*make verify"):
        verified(folder / "a.npy")
    assert damage(folder) == [folder / "a.npy"]


def test_a_file_that_was_added_or_removed_is_found(folder: Path) -> None:
    (folder / "c.npy").write_bytes(b"third")
    (folder / "below/b.json").unlink()
    with pytest.raises(DamagedError, match=r"c\.npy is not part of"):
        verified(folder / "c.npy")
    with pytest.raises(FileNotFoundError):
        verified(folder / "below/b.json", folder)
    assert damage(folder) == [folder / "below/b.json", folder / "c.npy"]


def test_without_a_seal_nothing_is_read(folder: Path) -> None:
    (folder / SEAL).unlink()
    with pytest.raises(FileNotFoundError, match=r"sha256\.json"):
        verified(folder / "a.npy")
    assert damage(folder) == [folder / SEAL]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a.npy": "\xff"}'])
def test_nor_with_one_that_is_not_whole(folder: Path, content: bytes) -> None:
    (folder / SEAL).write_bytes(content)
    with pytest.raises(DamagedError, match=r"sha256\.json cannot be read"):
        verified(folder / "a.npy")
    assert damage(folder) == [folder / SEAL]


def test_a_seal_that_was_written_anew_is_read_anew(folder: Path) -> None:
    verified(folder / "a.npy")
    with sealed_directory(folder) as beside:
        (beside / "a.npy").write_bytes(b"another")
    assert verified(folder / "a.npy").read_bytes() == b"another"
