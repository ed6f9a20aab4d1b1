"""The environment through which servers and workers of this checkout find each other. Does not need Prefect."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.ports import HOST, LOCAL, port_of

LOGS = Path("mlruns/services")
MARK = "REPRISE_SERVICES"  # the checkout, in the environment of every service, so that `make down` finds them all
PREFECT_PORT = "PREFECT_PORT", 4200
MLFLOW_PORT = "MLFLOW_PORT", 5000
LEASES = "prefect.server.concurrency.lease_storage.filesystem"  # otherwise a killed server would lose its leases,
# and Prefect ends a flow run that cannot renew its lease
HEARTBEAT = "30"  # seconds between heartbeats of a flow run; the minimum that Prefect allows
REFUSALS = {  # what a status of the server means
    401: "PREFECT_API_AUTH_STRING is not its password; `make up` says where to find it",
    403: "the server has another port there; start the tunnel at the same port",
}


def ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Read the ports from PREFECT_PORT and MLFLOW_PORT, with defaults. Raises UserError."""
    found = {name: port_of(environment, name, usual) for name, usual in (PREFECT_PORT, MLFLOW_PORT)}
    if len(set(found.values())) < len(found):
        raise UserError(f"{' and '.join(found)} are both {found['MLFLOW_PORT']}; give each server its own port")
    return found


def own_hosts(port: int) -> list[str]:
    """List the Host headers of the server on a port; a browser omits port 80."""
    return [f"{name}:{port}" for name in LOCAL] + (list(LOCAL) if port == 80 else [])


def own_origins(port: int) -> list[str]:
    """List the origins of the server on a port."""
    return [f"http://{host}" for host in own_hosts(port)]


def environment_of(found: Mapping[str, int], checkout: Path) -> dict[str, str]:
    """Build the environment of a checkout's services: addresses, and settings such as heartbeats."""
    prefect = f"http://{HOST}:{found['PREFECT_PORT']}/api"
    return {
        **{name: str(port) for name, port in found.items()},
        "PREFECT_API_URL": prefect,
        "PREFECT_UI_API_URL": prefect,  # otherwise the UI asks port 4200
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(own_origins(found["PREFECT_PORT"])),  # else every origin
        "PREFECT_HOME": str(checkout / "mlruns" / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",  # waiting for a worker is not a delay
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT,
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
        "MLFLOW_TRACKING_URI": f"http://{HOST}:{found['MLFLOW_PORT']}",
        "PYTHONPATH": str(checkout),
        MARK: str(checkout.resolve()),
    }


def health(environment: Mapping[str, str]) -> dict[str, str]:
    """Build the health URL of each server, which answers once it is ready."""
    return {
        "prefect": f"{environment['PREFECT_API_URL']}/health",
        "mlflow": f"{environment['MLFLOW_TRACKING_URI']}/health",
    }


def workers_here(environment: Mapping[str, str], gpus: int, cores: int) -> int:
    """Return how many workers train on this machine: one per GPU, else WORKERS, else one per core."""
    text = environment.get("WORKERS")
    if gpus or not text:
        return gpus or cores
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"WORKERS={text}: write a whole number, 1 or more")
    return int(text)
