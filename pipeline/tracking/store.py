"""The MLflow database of a checkout: created once, whole or not at all, and its errors made readable."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException
from sqlalchemy.exc import SQLAlchemyError

from pipeline.base.console import Unreachable, UserError
from pipeline.base.files import whole_file

STORE_ERRORS = (MlflowException, SQLAlchemyError, RequestException)
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


def store_uri(root: Path) -> str:
    """Return MLFLOW_TRACKING_URI, or else the URI of the database below `root`, created if need be."""
    remote = os.environ.get("MLFLOW_TRACKING_URI")
    if remote:
        return remote
    make_database(root / "mlflow.db")
    return f"sqlite:///{root / 'mlflow.db'}"


def every_run(client: MlflowClient, experiment_id: str, condition: str) -> list[Any]:
    """Search an MLflow experiment for the runs that meet a condition, page by page."""
    runs, token = [], None
    while True:
        page = client.search_runs([experiment_id], condition, max_results=1000, page_token=token)
        runs += list(page)
        token = page.token
        if not token:
            return runs


@contextmanager
def readable_errors(root: Path) -> Iterator[None]:
    """Turn errors of MLflow and its database into a UserError that names the store; Unreachable if it is a server."""
    try:
        yield
    except STORE_ERRORS as error:
        kind = Unreachable if "MLFLOW_TRACKING_URI" in os.environ else UserError
        raise kind(f"{reason(error, root)}; fix it and run `make reproduce` again") from None


def reason(error: Exception, root: Path) -> str:
    """Format an error of the store as one line: the name of the store, and what went wrong."""
    where = os.environ.get("MLFLOW_TRACKING_URI") or root / "mlflow.db"
    inmost = re.search(r"\[Errno \d+\] [\w ]+", str(error))  # at the end of a long chain of causes
    if inmost:
        return f"{where}: {inmost[0]}"
    lines = str(error).splitlines() or ["no reason given"]
    return f"{where}: {next((line for line in lines if 'Error)' in line), lines[0])}"
