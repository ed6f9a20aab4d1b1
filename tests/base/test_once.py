"""Reading once what many share."""

import numpy as np
import pytest

from pipeline.base.once import Remembered, anew


class Read:
    """Reads arrays of a name, and counts how often."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def one(self, name: str) -> np.ndarray:
        self.read.append(name)
        return np.zeros(3)

    def named(self, name: str) -> dict[str, np.ndarray]:
        return {"a": self.one(name)}

    def both(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self.one(name), self.one(name)


def test_what_was_read_is_read_again_only_from_another_place_or_by_another_stack() -> None:
    files = Read()
    once = Remembered()
    assert once(files.one, "a") is once(files.one, "a")
    assert once(files.one, "a") is not once(files.one, "b") and files.read == ["a", "b"]
    assert "a" in once(files.named, "a")
    assert Remembered()(files.one, "a") is not once(files.one, "a")
    assert files.read == ["a", "b", "a", "a"]


def test_without_it_everything_is_read_anew_and_may_be_changed() -> None:
    files = Read()
    found = anew(files.one, "a")
    found[0] = 1
    assert anew(files.one, "a")[0] == 0 and len(files.read) == 2


def test_a_run_cannot_change_what_others_read() -> None:
    files, once = Read(), Remembered()
    for array in (once(files.one, "a"), once(files.named, "a")["a"], *once(files.both, "a")):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
