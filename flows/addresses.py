"""Where the servers and workers of this checkout find each other, as an environment. Needs no Prefect."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.ports import HOST, port_of
from pipeline.commands.serve import PORT as MLFLOW_PORT

LOGS = Path("mlruns/services")
PREFECT_PORT = "PREFECT_PORT", 4200
LEASES = "prefect.server.concurrency.lease_storage.filesystem"  # a server that is killed would forget them else,
# and a flow run that holds one is ended by Prefect when it cannot renew it
HEARTBEAT = "30"  # seconds between two signs of life of a flow run; Prefect takes no less


def ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Return the ports that PREFECT_PORT and MLFLOW_PORT ask for, or the usual ones. Raises UserError."""
    return {name: port_of(environment, name, usual) for name, usual in (PREFECT_PORT, MLFLOW_PORT)}


def own_hosts(port: int) -> list[str]:
    """Return the names by which the server on a port is called; a browser leaves port 80 out."""
    names = [HOST, "localhost"]
    return [f"{name}:{port}" for name in names] + (names if port == 80 else [])


def own_origins(port: int) -> list[str]:
    """Return the origins of the pages of the server on a port."""
    return [f"http://{host}" for host in own_hosts(port)]


def environment_of(found: Mapping[str, int], checkout: Path) -> dict[str, str]:
    """Return the environment of a checkout's services: where the others are, and that a flow run sends heartbeats."""
    prefect = f"http://{HOST}:{found['PREFECT_PORT']}/api"
    return {
        **{name: str(port) for name, port in found.items()},
        "PREFECT_API_URL": prefect,
        "PREFECT_UI_API_URL": prefect,  # the UI asks port 4200 else
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(own_origins(found["PREFECT_PORT"])),  # every origin else
        "PREFECT_HOME": str(checkout / "mlruns" / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",  # to wait for a worker is no delay
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT,
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
        "MLFLOW_TRACKING_URI": f"http://{HOST}:{found['MLFLOW_PORT']}",
        "PYTHONPATH": str(checkout),
    }


def health(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the page of each server that is there once it is ready."""
    return {
        "prefect": f"{environment['PREFECT_API_URL']}/health",
        "mlflow": f"{environment['MLFLOW_TRACKING_URI']}/health",
    }


def workers_here(environment: Mapping[str, str], gpus: int, cores: int) -> int:
    """Return how many trainings this machine does at a time: one a GPU, else WORKERS, else one a core."""
    text = environment.get("WORKERS")
    if gpus or not text:
        return gpus or cores
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"WORKERS={text}: write a whole number from 1 up")
    return int(text)
