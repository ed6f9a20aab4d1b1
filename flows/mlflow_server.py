"""The MLflow server of this checkout, on 127.0.0.1: one process behind a guard, store and artifacts in mlruns.

With SHARED=1 artifacts go through the server, for workers on other machines. Otherwise the store holds local paths, so
that `make reproduce` can also use it without a server.

`mlflow server` can put nothing in front of its app, so this calls uvicorn as it does.
"""

import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from flows import password
from flows.addresses import MLFLOW_PORT, own_hosts, own_origins
from flows.guard import Guard
from pipeline.base.console import UserError, command
from pipeline.base.layout import MLRUNS
from pipeline.base.ports import HOST, port_of
from pipeline.commands.choice import switch

_SLIM = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


def settings(root: Path, port: int) -> dict[str, str]:
    """Build the environment that `mlflow server` would give to its app, for a slim server on the store of `root`."""
    store = f"sqlite:///{root.resolve() / 'mlflow.db'}"
    return {
        **_SLIM,
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(root.resolve() / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(own_hosts(port)),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": ",".join(own_origins(port)),
        "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "false",
    }


def place_of_artifacts(root: Path) -> str:
    """Look up where the store below `root` keeps artifacts; empty if there is no store or experiment yet."""
    database = root / "mlflow.db"
    if not database.exists():
        return ""
    from mlflow import MlflowClient

    from pipeline.tracking.view import EXPERIMENT

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


def guarded(port: int, login: str) -> Guard:
    """Load MLflow's app, which reads the environment at import, and put the guard in front of it."""
    from mlflow.server.fastapi_app import app

    return Guard(app, port, login)


@command("mlflow")
def main() -> None:
    """Create the store if there is none, and run the server until it is stopped."""
    port, shared = port_of(os.environ, *MLFLOW_PORT), is_shared(os.environ, MLRUNS)
    login = password.passwords(os.environ, password.FILE)[password.NAMES[0]]
    for name in ("MLFLOW_TRACKING_URI", *password.NAMES):  # for clients of this server
        os.environ.pop(name, None)
    os.environ.update(settings(MLRUNS, port))
    warnings.simplefilter("ignore")
    prepare(MLRUNS, shared)
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # the tracker silences it
    uvicorn.run(guarded(port, login), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main()
