"""The MLflow database of a checkout: created once, whole or not at all, and its errors made readable."""

import fcntl
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from pipeline.base.console import Unreachable, UserError
from pipeline.base.files import whole_file
from pipeline.base.ports import direct
from pipeline.base.redact import redact

_DATABASES = ("postgresql", "mysql", "mssql", "sqlite")
_LOGIN = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (of `make up`: in mlruns/login)"
STORE_ERRORS = (MlflowException, SQLAlchemyError, sqlite3.Error, RequestException)
_OF_A_FILE = re.compile(r"^##### File .* #####\n(.*)$", re.MULTILINE)  # what MLflow says of each failed download
_MAKE = "import sys; from mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Lock the store below `root` for the body, to create what must exist only once; other processes here wait."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_database(path: Path) -> None:
    """Create an empty database if there is none; of several processes, one creates it. Raises UserError."""
    if path.exists():
        return
    with alone(path.parent):
        if not path.exists():  # otherwise another process was first, and there may be runs in it
            _make(path)


def _make(path: Path) -> None:
    """Create an empty database.

    MLflow migrates a new one step by step and in place. A separate process does that on a temporary file, so that a
    full disk or an interrupt leaves nothing that a later run would trip over.
    """
    with whole_file(path) as beside:
        journal = beside.with_name(f"{beside.name}-journal")
        for left in (beside, journal):  # left by a kill; MLflow would fail on incomplete tables
            left.unlink(missing_ok=True)
        words = [sys.executable, "-W", "ignore", "-c", _MAKE, f"sqlite:///{beside}"]
        made = subprocess.run(words, capture_output=True, text=True, check=False)
        journal.unlink(missing_ok=True)
        if made.returncode:
            raise UserError(f"{path} cannot be created: {_reason(made.stderr)}; fix it and run `make reproduce` again")


def _reason(text: str) -> str:
    """Find the line of a traceback that says what went wrong."""
    said = [line for line in text.splitlines() if "Error" in line and not line.startswith(" ")]
    return said[-1] if said else "MLflow gave no reason"


def require_driver(uri: str) -> None:
    """Raise UserError if MLflow cannot use an address: its scheme is unknown, or the driver of its database missing."""
    named, scheme = f"MLFLOW_TRACKING_URI={redact(uri)}", uri.partition("://")[0]
    if scheme in ("http", "https"):
        return
    if "://" not in uri or scheme.partition("+")[0] not in _DATABASES:
        known = ", ".join(("http", *_DATABASES))
        raise UserError(f"{named}: MLflow cannot use that; it starts with one of {known} and `://`")
    try:
        make_url(uri).get_dialect().import_dbapi()
    except ImportError as error:
        remedy = "`make setup EXTRA=servers`" if error.name == "psycopg2" else f"install {error.name}"
        raise UserError(f"{named}: its driver {error.name} is missing; {remedy}") from None
    except (SQLAlchemyError, ValueError) as error:
        raise UserError(f"{named}: {redact(str(error).splitlines()[0])}") from None


def store_uri(root: Path) -> str:
    """Return MLFLOW_TRACKING_URI, or else the URI of the database below `root`, created if need be. Raises UserError.

    No proxy is asked for a server on this machine.
    """
    remote = os.environ.get("MLFLOW_TRACKING_URI")
    if remote:
        require_driver(remote)
        os.environ.update(direct(os.environ))
        return remote
    make_database(root / "mlflow.db")
    return f"sqlite:///{root / 'mlflow.db'}"


def every_run(client: MlflowClient, experiment_ids: Sequence[str], condition: str) -> list[Any]:
    """Search MLflow experiments for the runs that meet a condition, page by page."""
    runs, token = [], None
    while True:
        page = client.search_runs(list(experiment_ids), condition, max_results=1000, page_token=token)
        runs += list(page)
        token = page.token
        if not token:
            return runs


def fetch(uri: str, folder: str, client: MlflowClient) -> Path:
    """Find an artifact, or a folder of artifacts, on this disk, or download it to a folder.

    Raises FileNotFoundError if the store answers that it is not there. (`client.download_artifacts` gives one and the
    same error for that and for a server that does not answer.)
    """
    if uri.startswith("file:"):
        return Path(url2pathname(urlsplit(uri).path))
    try:
        return Path(download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=client.tracking_uri))
    except MlflowException as error:
        if is_gone(error):
            raise FileNotFoundError(uri) from None
        raise


def is_gone(error: MlflowException) -> bool:
    """Check whether artifacts could not be had because the store does not have them.

    A store on a disk has a code for that. Of the answers of a server, MLflow keeps only the text, in a line of its own.
    """
    answers = _OF_A_FILE.findall(str(error))
    missing = bool(answers) and all(answer.startswith("404 Client Error: ") for answer in answers)
    return missing or bool(error.error_code == "RESOURCE_DOES_NOT_EXIST")


@contextmanager
def readable_errors(root: Path) -> Iterator[None]:
    """Turn errors of MLflow and its database into a UserError that names the store; Unreachable if waiting may help."""
    try:
        yield
    except STORE_ERRORS as error:
        kind = Unreachable if "MLFLOW_TRACKING_URI" in os.environ and not _asks_for_login(error) else UserError
        raise kind(f"{reason(error, root)}; fix it and run `make reproduce` again") from None


def _asks_for_login(error: Exception) -> bool:
    return "error code 401" in str(error)


def reason(error: Exception, root: Path) -> str:
    """Format an error of the store as one line without passwords: the name of the store, and what went wrong."""
    where = redact(os.environ.get("MLFLOW_TRACKING_URI") or str(root / "mlflow.db"))
    text = redact(str(error))
    if _asks_for_login(error):
        return f"{where} asks for a login: {_LOGIN}"
    inmost = re.search(r"\[Errno \d+\] [\w ]+", text)  # at the end of a long chain of causes
    if inmost:
        return f"{where}: {inmost[0]}"
    lines = text.splitlines() or ["no reason given"]
    return f"{where}: {next((line for line in lines if 'Error)' in line), lines[0])}"
