"""The MLflow database of a checkout: made once, whole or not at all, and its errors in words."""

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
    """Hold the store below `root` for the body, for what must be there once: the other processes here wait."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_database(path: Path) -> None:
    """Make an empty database, if there is none; of several processes one makes it. Raises UserError."""
    if path.exists():
        return
    with alone(path.parent):
        if not path.exists():  # else another was here first, and runs may stand in it
            _make(path)


def _make(path: Path) -> None:
    """Make an empty database.

    MLflow migrates a new one step by step and in place: a process of its own does it beside, so that a full disk or an
    interrupt leaves nothing that a later run would trip over.
    """
    with whole_file(path) as beside:
        journal = beside.with_name(f"{beside.name}-journal")
        for left in (beside, journal):  # by a kill: MLflow would stumble over tables that are half there
            left.unlink(missing_ok=True)
        words = [sys.executable, "-W", "ignore", "-c", _MAKE, f"sqlite:///{beside}"]
        made = subprocess.run(words, capture_output=True, text=True, check=False)
        journal.unlink(missing_ok=True)
        if made.returncode:
            raise UserError(f"{path} cannot be made: {_reason(made.stderr)}; mend that and run `make reproduce` again")


def _reason(text: str) -> str:
    """Return the line of a traceback that says what went wrong."""
    said = [line for line in text.splitlines() if "Error" in line and not line.startswith(" ")]
    return said[-1] if said else "MLflow gave no reason"


def store_uri(root: Path) -> str:
    """Return where MLflow keeps its runs: MLFLOW_TRACKING_URI, or the database below `root`, made if need be."""
    remote = os.environ.get("MLFLOW_TRACKING_URI")
    if remote:
        return remote
    make_database(root / "mlflow.db")
    return f"sqlite:///{root / 'mlflow.db'}"


def every_run(client: MlflowClient, experiment_id: str, condition: str) -> list[Any]:
    """Return the runs of an MLflow experiment that meet a condition, from every page of the answer."""
    runs, token = [], None
    while True:
        page = client.search_runs([experiment_id], condition, max_results=1000, page_token=token)
        runs += list(page)
        token = page.token
        if not token:
            return runs


@contextmanager
def readable_errors(root: Path) -> Iterator[None]:
    """Turn what MLflow and its database raise into a UserError that names the store; Unreachable, if it is a server."""
    try:
        yield
    except STORE_ERRORS as error:
        kind = Unreachable if "MLFLOW_TRACKING_URI" in os.environ else UserError
        raise kind(f"{reason(error, root)}; mend that and run `make reproduce` again") from None


def reason(error: Exception, root: Path) -> str:
    """Return the store's name and the one line of what it raised that says what went wrong."""
    where = os.environ.get("MLFLOW_TRACKING_URI") or root / "mlflow.db"
    inmost = re.search(r"\[Errno \d+\] [\w ]+", str(error))  # what a long chain of causes ends with
    if inmost:
        return f"{where}: {inmost[0]}"
    lines = str(error).splitlines() or ["no reason given"]
    return f"{where}: {next((line for line in lines if 'Error)' in line), lines[0])}"
