"""`make verify`: one flipped byte anywhere is found, named, and removed or handed back."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.asking.champions import register_all, registered
from pipeline.base.console import UserError
from pipeline.base.files import whole_directory
from pipeline.base.locks import CHECKOUT, hold
from pipeline.base.seal import SEAL, seal, sealed_directory
from pipeline.commands import verify
from pipeline.commands.champions import DONE
from pipeline.commands.verify import check_database, repair_data
from pipeline.params import Params
from pipeline.tracking.store import make_database
from pipeline.tracking.tracker import Tracker


@pytest.fixture(autouse=True)
def dvc(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What is answered to whether a DVC is at work; to ask it takes seconds."""
    answer = [False]
    monkeypatch.setattr(verify, "dvc_at_work", lambda: answer[0])
    return answer


@pytest.fixture
def folder_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sealed directories of data, and a cache of DVC with a file and a directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("raw/sounds", "windows/sounds/mel"):
        with sealed_directory(Path("data") / name) as beside:
            (beside / "a.npy").write_bytes(b"content")
    for content, suffix in ((b"a file", ""), (b'[{"md5": "0", "relpath": "a"}]', ".dir")):
        name = hashlib.md5(content, usedforsecurity=False).hexdigest()
        path = Path(".dvc/cache/files/md5") / name[:2] / f"{name[2:]}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o444)
    return tmp_path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_what_is_as_it_was_written_stays(folder_of_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert repair_data() == []
    verify.main()
    said = "verify: 4 files of data, 2 objects of DVC's cache: all as written\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("name", ["raw/sounds/a.npy", "windows/sounds/mel/a.npy", "windows/sounds/mel/sha256.json"])
def test_a_flipped_bit_in_data_removes_its_directory_alone(folder_of_data: Path, name: str) -> None:
    flip(Path("data") / name)
    (line,) = repair_data()
    assert line.startswith(f"data/{name.replace('sha256.json', '')}") and "not what was written" in line
    left = {str(path) for path in Path("data").rglob("a.npy")}
    assert left == {"data/raw/sounds/a.npy", "data/windows/sounds/mel/a.npy"} - {
        str(Path("data", name).with_name("a.npy"))
    }


def test_so_it_does_in_dvcs_cache(folder_of_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = sorted(Path(".dvc/cache").rglob("??/*"))
    for path in paths:
        flip(path)
    with pytest.raises(SystemExit) as ended:
        verify.main()
    assert ended.value.code == 1 and not any(path.exists() for path in paths)
    caught = capsys.readouterr()
    assert caught.out.count("damaged object of DVC's cache") == 2
    assert caught.err == "verify: 2 damages found and removed; `make reproduce` makes it again\n"


@pytest.mark.parametrize("name", [".V3Zb0p1k8sQnTQ.tmp", f"{'a' * 30}.V3Zb0p1k8sQnTQ.tmp"])
def test_what_dvc_still_writes_into_its_cache_is_no_object(
    folder_of_data: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(".dvc/cache/files/md5/ab") / name
    path.parent.mkdir()
    path.write_bytes(b"half of")
    verify.main()
    assert path.exists() and " 2 objects of DVC's cache: all as written" in capsys.readouterr().out


def test_what_a_stage_still_writes_is_left(folder_of_data: Path) -> None:
    with whole_directory(Path("data/windows/digits")) as beside:
        (beside / "a.npy").write_bytes(b"content")
        seal(beside)
        flip(beside / "a.npy")
        assert repair_data() == [] and (beside / SEAL).exists()


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """Run the command on a folder that looks damaged; it must leave it and say why."""
    Path("data/raw/sounds/a.npy").unlink()  # as DVC fills a folder, the seal first
    with pytest.raises(SystemExit):
        verify.main()
    assert Path("data/raw/sounds", SEAL).exists()
    return capsys.readouterr().err


def test_while_another_command_holds_the_checkout_nothing_is_removed(
    folder_of_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hold("make reproduce"):
        assert refused(capsys).startswith("verify: make reproduce (process ")


def test_nor_while_a_dvc_is_at_work(folder_of_data: Path, dvc: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    dvc[0] = True
    assert refused(capsys).startswith("verify: another DVC is running in this checkout; wait")


def test_it_holds_the_checkout_while_it_repairs(
    folder_of_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held: list[str] = []
    monkeypatch.setattr(verify, "repair_data", lambda: held.append(CHECKOUT.read_text()) or [])
    verify.main()
    assert held[0].startswith("make verify (process ") and CHECKOUT.read_text() == ""


def test_a_damaged_database_is_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    check_database(path)
    make_database(path)
    check_database(path)
    content = bytearray(path.read_bytes())
    content[4096:12288] = bytes(8192)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"mlflow\.db is damaged .*put a copy of it back"):
        check_database(path)
    assert path.read_bytes() == content


def test_a_damaged_model_is_withdrawn_and_champions_are_looked_for_again(
    checkout: tuple[Tracker, Params], capsys: pytest.CaptureFixture[str]
) -> None:
    tracker, params = checkout
    register_all(tracker, params)
    (tracker.root / DONE).write_text("the state")
    verify.main()
    assert "2 runs and 1 registered model in MLflow: all as written" in capsys.readouterr().out
    model = Path(urlsplit(registered(tracker, "automata").source).path)
    flip(model / "artifacts/facts.json")
    with pytest.raises(SystemExit):
        verify.main()
    said = "the model automata, version 1: artifacts/facts.json was gone or damaged, it is registered again"
    assert said in capsys.readouterr().out and not (tracker.root / DONE).exists()
