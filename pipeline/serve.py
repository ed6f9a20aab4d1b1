"""The MLflow server of this checkout, on 127.0.0.1: one worker process, the store and the artifacts below mlruns."""

import os
import sys
from pathlib import Path

from pipeline.console import command
from pipeline.ports import HOST, port_of

MLRUNS = Path("mlruns")
PORT = "MLFLOW_PORT", 5000
_SLIM = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore",
}


def command_line(root: Path, port: int) -> list[str]:
    """Return the command of the slim server: one worker, the store of this checkout."""
    store = f"sqlite:///{root.resolve() / 'mlflow.db'}"
    words = ["server", "--host", HOST, "--port", str(port), "--workers", "1", "--backend-store-uri", store]
    quiet = ["--uvicorn-opts", "--log-level warning"]
    artifacts = ["--artifacts-destination", str(root.resolve() / "artifacts")]
    return [sys.executable, "-m", "mlflow", *words, *quiet, *artifacts]


@command("mlflow")
def main() -> None:
    """Make the database if there is none, and become the server."""
    port = port_of(os.environ, *PORT)
    os.environ.pop("MLFLOW_TRACKING_URI", None)  # this is where it leads
    from pipeline.tracking import Tracker

    Tracker(MLRUNS)  # the database is made by one process, before the server opens it
    os.execve(sys.executable, command_line(MLRUNS, port), {**os.environ, **_SLIM})  # noqa: S606


if __name__ == "__main__":
    main()
