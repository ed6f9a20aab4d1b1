"""The directory of a run: one process holds it, and the result waits there until it is delivered."""

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.base.locks import HeldError
from pipeline.running.run_directory import RunDirectory


def hold(folder: Path, pipe: Connection) -> None:
    with RunDirectory(folder, "key").held():
        pipe.send("held")
        pipe.recv()


def test_one_process_holds_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=hold, args=(tmp_path, theirs))
    other.start()
    assert ours.recv() == "held"
    with pytest.raises(UserError, match="another process is training this run"), RunDirectory(tmp_path, "key").held():
        pass
    other.kill()  # a process that is killed leaves it free
    other.join()
    with RunDirectory(tmp_path, "key").held(), RunDirectory(tmp_path, "another key").held():
        pass


def test_one_process_owns_it_until_it_is_cleared(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path, "key")
    with directory.owned(), pytest.raises(HeldError, match="trains this run"), RunDirectory(tmp_path, "key").owned():
        pass
    with directory.owned():
        directory.clear()
        with RunDirectory(tmp_path, "key").owned():  # another one, made after it
            pass


def test_a_result_waits_until_it_is_cleared(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path, "key")
    assert directory.result() is None and not directory.trained
    with directory.held():
        directory.write_result({"seed": 1})
    assert RunDirectory(tmp_path, "key").result() == {"seed": 1} and directory.trained
    directory.clear()
    assert directory.result() is None and not list(tmp_path.iterdir())
    directory.clear()


@pytest.mark.parametrize("name", ["result.json", "artifacts/model.keras"])
@pytest.mark.parametrize("change", [b"", b'{"row": {"seed": 2}, "sha256": "0", "artifacts": {}}', b"[]", None])
def test_a_result_that_is_not_what_was_written_trains_again(
    tmp_path: Path, name: str, change: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = RunDirectory(tmp_path, "key")
    directory.artifacts.mkdir(parents=True)
    (directory.artifacts / "model.keras").write_bytes(b"model")
    directory.write_result({"seed": 1})
    (directory.artifacts / "curve.png").write_bytes(b"made afterwards")
    assert directory.result() == {"seed": 1}
    path = directory.folder / name
    path.unlink() if change is None else path.write_bytes(change)
    missing = change is None and name == "result.json"
    assert directory.result() is None and directory.folder.exists() == missing
    assert ("damaged; it is removed" in capsys.readouterr().out) != missing
