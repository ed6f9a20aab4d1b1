"""The MLflow database: whole or not there, and errors that name it."""

import subprocess
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import OperationalError

from pipeline import store
from pipeline.console import UserError
from pipeline.store import make_database, readable_errors, reason, store_uri


def test_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"kept")
    make_database(tmp_path / "mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == b"kept"


def test_a_database_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = "import sys; open(sys.argv[1].removeprefix('sqlite:///'), 'w').write('half'); raise OSError('disk is full')"
    monkeypatch.setattr(store, "_MAKE", half)
    with pytest.raises(UserError, match=r"mlflow\.db cannot be made: OSError: disk is full"):
        make_database(tmp_path / "mlflow.db")
    assert not list(tmp_path.iterdir())


def test_it_is_made_beside_and_once(tmp_path: Path, migrated_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [path.name for path in migrated_store.iterdir()] == ["mlflow.db"]
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("made again"))
    make_database(migrated_store / "mlflow.db")


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
