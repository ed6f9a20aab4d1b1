"""Checkpoints: what was saved comes back, two are kept, and a torn one is known."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.training.checkpoints import Checkpoint, load, save


def checkpoint(epoch: int) -> Checkpoint:
    state = [np.full((2, 3), epoch, np.float32), np.array(epoch, np.int64), np.array([1, epoch], np.uint32)]
    return Checkpoint(epoch, {"state": state, "best": []}, {"history": {"loss": [0.1] * epoch}, "run_id": "정"})


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in folder.iterdir())


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    save(tmp_path, checkpoint(3))
    found = load(tmp_path)
    assert found and (found.epoch, found.memory) == (3, checkpoint(3).memory)
    for ours, theirs in zip(found.arrays["state"], checkpoint(3).arrays["state"], strict=True):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and np.array_equal(ours, theirs)


def test_many_arrays_keep_their_order(tmp_path: Path) -> None:
    arrays = [np.array(n) for n in range(120)]
    save(tmp_path, Checkpoint(1, {"state": arrays, "best": arrays[:3]}))
    found = load(tmp_path)
    assert found and [int(a) for a in found.arrays["state"]] == list(range(120)) and len(found.arrays["best"]) == 3


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path) is None and load(tmp_path / "nowhere") is None


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for epoch in (1, 2, 9, 10, 11):
        save(tmp_path, checkpoint(epoch))
    assert names(tmp_path) == ["000010", "000011"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_torn_one_is_said_and_the_one_before_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    save(tmp_path, checkpoint(1))
    save(tmp_path, checkpoint(2))
    newest = max(tmp_path.iterdir())
    content = newest.read_bytes()
    flipped = bytes([content[70] ^ 1])
    torn = {"cut": content[:-9], "flipped": content[:70] + flipped + content[71:], "empty": b""}
    newest.write_bytes(torn[damage])
    found = load(tmp_path)
    assert found and found.epoch == 1
    said = capsys.readouterr().out
    assert str(newest) in said and "damaged (checksum mismatch)" in said and said.count("\n") == 1
    save(tmp_path, checkpoint(2))
    assert names(tmp_path) == ["000001", "000002"] and load(tmp_path).epoch == 2  # type: ignore[union-attr]


def test_both_torn_is_a_start_from_nothing(tmp_path: Path) -> None:
    for epoch in (1, 2):
        save(tmp_path, checkpoint(epoch))
    for path in tmp_path.iterdir():
        path.write_bytes(b"PK")
    assert load(tmp_path) is None


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, checkpoint(1))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError):
        save(tmp_path, checkpoint(2))
    assert names(tmp_path) == ["000001"] and load(tmp_path).epoch == 1  # type: ignore[union-attr]


def test_no_pickle_gets_in_or_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        save(tmp_path, Checkpoint(1, {"state": [np.array([object()])]}))
    assert load(tmp_path) is None
