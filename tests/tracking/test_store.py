"""The MLflow database: whole or not there, made once, and errors that name it."""

import fcntl
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.tracking import artifact_utils
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import HTTPError
from sqlalchemy.exc import OperationalError

from pipeline.base.console import Unreachable, UserError
from pipeline.tracking import store
from pipeline.tracking.store import alone, make_database, readable_errors, reason, store_uri


def test_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"kept")
    make_database(tmp_path / "mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == b"kept"


def test_a_database_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = "import sys; open(sys.argv[1].removeprefix('sqlite:///'), 'w').write('half'); raise OSError('disk is full')"
    monkeypatch.setattr(store, "_MAKE", half)
    with pytest.raises(UserError, match=r"mlflow\.db cannot be created: OSError: disk is full"):
        make_database(tmp_path / "mlflow.db")
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_it_is_made_beside_and_once(tmp_path: Path, migrated_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(path.name for path in migrated_store.iterdir()) == [".lock", "mlflow.db"]
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("made again"))
    make_database(migrated_store / "mlflow.db")


def test_what_a_kill_has_left_of_it_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = f".mlflow.db.{socket.gethostname()}-{2**22 + 1}-1.part"  # no process has such a number
    for name in (dead, f"{dead}-journal"):
        (tmp_path / name).write_text("half")
    new = "import sys; open(sys.argv[1].removeprefix('sqlite:///'), 'x').write('whole')"
    monkeypatch.setattr(store, "_MAKE", new)
    make_database(tmp_path / "mlflow.db")
    assert (tmp_path / "mlflow.db").read_text() == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "mlflow.db"]


def test_who_waited_for_another_to_make_it_leaves_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def waited(root: Path) -> Iterator[None]:
        (root / "mlflow.db").write_bytes(b"made by another")
        yield

    monkeypatch.setattr(store, "alone", waited)
    make_database(tmp_path / "mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == b"made by another"


def test_the_store_is_held_by_one(tmp_path: Path) -> None:
    with alone(tmp_path / "mlruns"), (tmp_path / "mlruns/.lock").open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "mlruns/.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_another_server_needs_no_database_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert store_uri(tmp_path) == "http://127.0.0.1:1"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error",
    [
        MlflowException("(sqlite3.OperationalError) database or disk is full\n[SQL: INSERT]"),
        OperationalError("INSERT", {}, Exception("database or disk is full")),
    ],
)
def test_what_the_store_raises_is_one_line(tmp_path: Path, error: Exception) -> None:
    with (
        pytest.raises(UserError, match=r"mlflow\.db: .*disk is full.*make reproduce") as caught,
        readable_errors(tmp_path),
    ):
        raise error
    assert "\n" not in str(caught.value)


def test_a_chain_of_causes_is_said_by_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    chain = "API request failed with exception HTTPConnectionPool(host='127.0.0.1'): Max retries exceeded (Caused by "
    error = MlflowException(f"{chain}NewConnectionError('new: [Errno 111] Connection refused'))")
    assert reason(error, tmp_path) == "http://127.0.0.1:5000: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (
            "postgresql://u:geheim@db/x",
            r"postgresql://db/x: its driver psycopg2 is missing; `make setup EXTRA=servers`$",
        ),
        ("mysql://u:geheim@db/x", r"mysql://db/x: its driver MySQLdb is missing; install MySQLdb$"),
        ("foo://u:geheim@db/x", r"foo://db/x: MLflow cannot use that; it starts with one of http, postgresql, mysql"),
        ("mlruns", r"mlruns: MLflow cannot use that"),
        ("postgresql+foo://u:geheim@db/x", r"postgresql\+foo://db/x: .*postgresql\.foo$"),
        ("postgresql://u:geheim@db:port/x", r"postgresql://db:port/x: "),
    ],
)
def test_an_address_that_mlflow_cannot_use_is_one_line_without_its_password(
    uri: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("psycopg2", "MySQLdb"):
        monkeypatch.setitem(sys.modules, name, None)  # also where they are installed
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(UserError, match=f"^MLFLOW_TRACKING_URI={words}") as caught:
        store_uri(tmp_path)
    assert "geheim" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_server_on_this_machine_is_asked_without_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    store_uri(tmp_path)
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "127.0.0.1,localhost"


def test_no_message_of_the_store_has_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:geheim@host:1")
    error = MlflowException("API request to https://user:geheim@host:1/api failed with exception refused")
    assert reason(error, tmp_path) == "https://host:1: API request to https://host:1/api failed with exception refused"
    login = MlflowException("API request to endpoint /api failed with error code 401 != 200")
    assert reason(login, tmp_path).startswith("https://host:1 asks for a login: set MLFLOW_TRACKING_USERNAME and")


def test_a_database_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.touch()
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with closing(database), pytest.raises(UserError) as caught, readable_errors(tmp_path):
        database.execute("create table runs (name)")
    assert str(caught.value).startswith(f"{path}: attempt to write a readonly database; ")


def test_a_server_may_answer_later_but_not_without_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    for code, kind in ((503, Unreachable), (401, UserError)):
        with pytest.raises(UserError) as caught, readable_errors(tmp_path):
            raise MlflowException(f"API request to endpoint /api failed with error code {code} != 200")
        assert type(caught.value) is kind


class Broken(ArtifactRepository):
    """A store whose files cannot be downloaded, each for a reason of its own."""

    def __init__(self, uri: str, **reasons: Exception) -> None:
        super().__init__(uri)
        self.reasons = reasons

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        return [FileInfo(name, False, 1) for name in self.reasons] if path == "artifacts" else []

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        raise self.reasons[remote_file_path]

    def log_artifact(self, *_: object) -> None:
        raise NotImplementedError

    def log_artifacts(self, *_: object) -> None:
        raise NotImplementedError


def answered(status: str) -> Exception:
    return HTTPError(f"{status} for url: http://a/404/artifacts/x. Response text: 404 Client Error: no")


GONE, DOWN = "404 Client Error: NOT FOUND", "503 Server Error: Service Unavailable"
_404 = "mlflow-artifacts:/1/9756c5195e94404e9166704015f01600/artifacts"  # 0.7 % of all ids


@pytest.mark.parametrize(
    ("reasons", "gone"),
    [
        ([answered(GONE)], True),
        ([answered(DOWN)], False),
        ([answered("403 Client Error: FORBIDDEN")], False),
        ([RequestsConnectionError("http://a/404: No such host")], False),
        ([FileNotFoundError(2, "No such file or directory")], False),  # of the folder to download to
        ([answered(GONE), answered(GONE)], True),
        ([answered(GONE), answered(DOWN)], False),
        ([MlflowException("No such artifact: 'x'", RESOURCE_DOES_NOT_EXIST)], True),
    ],
)
def test_what_is_gone_is_told_from_a_store_that_does_not_answer(
    reasons: list[Exception], gone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(_404, **{f"file{number}": reason for number, reason in enumerate(reasons)})
    monkeypatch.setattr(artifact_utils, "get_artifact_repository", lambda **_: broken)
    with pytest.raises(FileNotFoundError if gone else MlflowException):
        store.fetch(f"{_404}/file0" if len(reasons) == 1 else _404, str(tmp_path), MlflowClient("http://a"))
