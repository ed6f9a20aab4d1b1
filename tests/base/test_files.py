"""Whole files or none, whatever happens in the middle."""

import errno
import math
import os
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pipeline.base.files import digest, digest_of, read_json, whole_directory, whole_file, write_json, write_text

Whole = Callable[[Path], AbstractContextManager[Path]]


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_text(path, "한글")
    assert path.read_text(encoding="utf-8") == "한글"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_broken_write_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(type(error)), whole_file(path) as beside:
        beside.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_broken_directory_leaves_the_old_one(tmp_path: Path, error: BaseException) -> None:
    with whole_directory(tmp_path / "d") as beside:
        (beside / "one").write_text("old")
    with pytest.raises(type(error)), whole_directory(tmp_path / "d") as beside:
        (beside / "two").write_text("half")
        raise error
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["one"]


@pytest.mark.parametrize("whole", [whole_file, whole_directory])
def test_the_error_of_a_disk_names_what_was_written_to(tmp_path: Path, whole: Whole) -> None:
    for number, named in [(errno.ENOSPC, str(tmp_path / "a")), (errno.ECONNREFUSED, None)]:
        with pytest.raises(OSError) as caught, whole(tmp_path / "a"):
            raise OSError(number, os.strerror(number))
        assert caught.value.filename == named


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    host, alive = socket.gethostname(), os.getppid()
    for left in (f".d.{host}-{2**22 + 1}-1.part", f".d.{host}-{alive}-1.part", ".d.elsewhere-1-1.part"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "stale").write_text("half")
    with whole_directory(tmp_path / "d") as beside:
        (beside / "new").write_text("whole")
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["new"]
    assert {p.name for p in tmp_path.iterdir()} == {"d", ".d.elsewhere-1-1.part", f".d.{host}-{alive}-1.part"}


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    def write(text: str) -> None:
        with whole_file(tmp_path / "a") as beside:
            beside.write_text(text)
            met.wait()  # both have written and neither has renamed

    met = threading.Barrier(2)
    threads = [threading.Thread(target=write, args=(text * 1000,)) for text in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "a").read_text() in ("x" * 1000, "y" * 1000)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_json_refuses_what_is_not_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": math.nan})
    assert not list(tmp_path.iterdir())
    write_json(tmp_path / "a.json", {"x": [1, None]})
    assert read_json(tmp_path / "a.json") == {"x": [1, None]}


def test_digests(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})
