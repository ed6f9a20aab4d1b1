"""The MLflow server of this checkout, on 127.0.0.1: one worker process, store and artifacts in mlruns.

With SHARED=1 artifacts go through the server, for workers on other machines. Otherwise the store holds local paths, so
that `make reproduce` can also use it without a server.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError, command
from pipeline.base.layout import MLRUNS
from pipeline.base.ports import HOST, port_of
from pipeline.commands.choice import switch

PORT = "MLFLOW_PORT", 5000
_SLIM = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore",
}


def command_line(root: Path, port: int) -> list[str]:
    """Build the command line of a slim server with one worker on the store of this checkout."""
    store = f"sqlite:///{root.resolve() / 'mlflow.db'}"
    words = ["server", "--host", HOST, "--port", str(port), "--workers", "1", "--backend-store-uri", store]
    quiet = ["--uvicorn-opts", "--log-level warning"]
    artifacts = ["--artifacts-destination", str(root.resolve() / "artifacts")]
    return [sys.executable, "-m", "mlflow", *words, *quiet, *artifacts]


def place_of_artifacts(root: Path) -> str:
    """Look up where the store below `root` keeps artifacts; empty if there is no store or experiment yet."""
    database = root / "mlflow.db"
    if not database.exists():
        return ""
    from mlflow import MlflowClient

    from pipeline.tracking.tracker import EXPERIMENT

    found = MlflowClient(f"sqlite:///{database.resolve()}").get_experiment_by_name(EXPERIMENT)
    return str(found.artifact_location) if found else ""


def is_shared(environment: Mapping[str, str], root: Path) -> bool:
    """Check whether artifacts go through the server: SHARED asks for it, or the store below `root` was made that way.

    Raises UserError if SHARED asks for it but the store keeps them on this disk.
    """
    asked, place = switch("SHARED", environment.get("SHARED") or "0"), place_of_artifacts(root)
    if asked and place.startswith("file:"):
        raise UserError(f"SHARED=1: {root} keeps artifacts on this disk; move it away to start a new one")
    return asked or place.startswith("mlflow-artifacts:")


def prepare(root: Path, shared: bool) -> None:
    """Create the store if there is none, in one process and before the server opens it."""
    if shared:  # the experiment is created through the server, which sets its artifact location
        from pipeline.tracking.store import make_database

        make_database(root / "mlflow.db")
    else:
        from pipeline.tracking.tracker import Tracker

        Tracker(root)


@command("mlflow")
def main() -> None:
    """Create the store if there is none, then become the server."""
    port, shared = port_of(os.environ, *PORT), is_shared(os.environ, MLRUNS)
    os.environ.pop("MLFLOW_TRACKING_URI", None)  # it names this server
    prepare(MLRUNS, shared)
    os.execve(sys.executable, command_line(MLRUNS, port), {**os.environ, **_SLIM})  # noqa: S606


if __name__ == "__main__":
    main()
