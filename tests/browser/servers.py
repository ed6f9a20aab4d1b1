"""The real servers behind their guards, in a checkout of their own, with a secret each; and what is in them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.load.services import ROOT, environment_of, free_port, until
from flows import addresses, password
from pipeline.base.ports import HOST, answers

LOGIN = "reprise:not-a-secret"
SECRET = "what-only-the-user-may-read"  # noqa: S105 # the name of a flow and of an experiment, and an artifact
_AUTH = LOGIN.partition(":")[0], LOGIN.partition(":")[2]
_MLFLOW = "/api/2.0/mlflow"


@dataclass(frozen=True)
class Server:
    """A server, and what a page may want of it."""

    name: str
    port: int
    posts: dict[str, dict[str, Any]]
    gets: list[str]
    sockets: list[str]
    short: str  # a page that needs little work, and of MLflow a login

    def at(self, host: str = HOST) -> str:
        """Return its origin under one of its names, or under another one."""
        return f"http://{host}:{self.port}"

    def wishes(self, host: str, name: str) -> dict[str, Any]:
        """Return the argument of `attack` in attack.js."""
        wanted = {"posts": self.posts, "gets": self.gets, "sockets": self.sockets}
        return {"base": self.at(host), "login": LOGIN, "name": name, **wanted}


def _ask(port: int, path: str, body: dict[str, Any]) -> Any:
    """Ask a server directly, as a program that has the login does."""
    answer = requests.post(f"http://{HOST}:{port}{path}", json=body, auth=_AUTH, timeout=60)
    answer.raise_for_status()
    return answer.json()


def _wanted_of_prefect(port: int) -> tuple[Any, ...]:
    """Make a flow and a deployment, and return what a page may want of Prefect."""
    flow = _ask(port, "/api/flows/", {"name": SECRET})["id"]
    deployment = _ask(port, "/api/deployments/", {"name": SECRET, "flow_id": flow})["id"]
    posts = {
        "a flow": {"path": "/api/flows/", "body": {"name": "NAME"}},
        "a deployment": {"path": "/api/deployments/", "body": {"name": "NAME", "flow_id": flow}},
        "a flow run": {"path": f"/api/deployments/{deployment}/create_flow_run", "body": {"name": "NAME"}},
        "the flows": {"path": "/api/flows/filter", "body": {}},
    }
    gets = [f"/api/flows/{flow}", "/api/admin/settings"]
    return posts, gets, ["/api/events/in", "/api/events/out", "/api/logs/out"], "/api/health"


def _wanted_of_mlflow(port: int) -> tuple[Any, ...]:
    """Make a run with an artifact, and return what a page may want of MLflow."""
    experiment = _ask(port, f"{_MLFLOW}/experiments/create", {"name": SECRET})["experiment_id"]
    run = _ask(port, f"{_MLFLOW}/runs/create", {"experiment_id": experiment, "run_name": SECRET})["run"]["info"]
    file = run["artifact_uri"].replace("mlflow-artifacts:/", "/api/2.0/mlflow-artifacts/artifacts/") + "/secret.txt"
    requests.put(f"http://{HOST}:{port}{file}", data=SECRET, auth=_AUTH, timeout=60).raise_for_status()
    posts = {
        "an experiment": {"path": f"{_MLFLOW}/experiments/create", "body": {"name": "NAME"}},
        "a run": {"path": f"{_MLFLOW}/runs/create", "body": {"experiment_id": experiment, "run_name": "NAME"}},
        "the experiments": {"path": f"{_MLFLOW}/experiments/search", "body": {"max_results": 100}},
    }
    artifact = f"/get-artifact?path=secret.txt&run_uuid={run['run_id']}"
    return posts, [f"{_MLFLOW}/runs/get?run_id={run['run_id']}", artifact, file], [], "/version"


class Servers:
    """Prefect with its password, Prefect without one on the same database, and MLflow."""

    def __init__(self, prefect: int, unlocked: int, mlflow: int, folder: Path) -> None:
        self._folder = folder
        of_prefect = _wanted_of_prefect(prefect)
        self.prefect = Server("Prefect", prefect, *of_prefect)
        self.unlocked = Server("Prefect without a password", unlocked, *of_prefect)
        self.mlflow = Server("MLflow", mlflow, *_wanted_of_mlflow(mlflow))
        self.all = [self.prefect, self.unlocked, self.mlflow]

    def everything(self) -> dict[str, list[str]]:
        """Return the names of all that is in the servers."""
        found = {}
        for what in ("flows", "deployments", "flow_runs"):
            found[what] = [one["name"] for one in _ask(self.prefect.port, f"/api/{what}/filter", {"limit": 200})]
        asked = _ask(self.mlflow.port, f"{_MLFLOW}/experiments/search", {"max_results": 1000})
        found["experiments"] = [one["name"] for one in asked["experiments"]]
        every = [one["experiment_id"] for one in asked["experiments"]]
        asked = _ask(self.mlflow.port, f"{_MLFLOW}/runs/search", {"experiment_ids": every, "max_results": 1000})
        found["runs"] = [one["info"]["run_name"] for one in asked["runs"]]
        return {what: sorted(names) for what, names in found.items()}

    def finish_a_flow(self) -> str:
        """Let a real flow run begin and end on the server with the password. Return its id."""
        words = [sys.executable, "-m", "tests.browser.finished_flow"]
        environment = _environment(self._folder, self.prefect.port, self.mlflow.port, LOGIN)
        done = subprocess.run(words, cwd=self._folder, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.split()[-1]


def _environment(folder: Path, prefect: int, mlflow: int, login: str) -> dict[str, str]:
    """Return what `make up` gives its servers."""
    found = addresses.environment_of({"PREFECT_PORT": prefect, "MLFLOW_PORT": mlflow}, folder)
    locked = password.passwords({"PREFECT_API_AUTH_STRING": login} if login else {password.OFF: "1"}, password.FILE)
    given = {name: value for name, value in locked.items() if value}
    return environment_of(ROOT, {**found, **given, "PYTHONPATH": str(ROOT), "SHARED": "1"})


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Run the servers on the store in `folder` during the body."""
    prefect, unlocked, mlflow = (free_port() for _ in range(3))
    processes: list[subprocess.Popen[bytes]] = []

    def start(module: str, environment: dict[str, str]) -> None:
        words = [sys.executable, "-m", f"flows.{module}"]
        processes.append(subprocess.Popen(words, cwd=folder, env=environment))

    def wait(address: str) -> None:
        until(lambda: answers(address) or any(one.poll() is not None for one in processes), 120)
        assert all(one.poll() is None for one in processes)

    try:
        start("server", _environment(folder, prefect, mlflow, LOGIN))
        start("mlflow_server", _environment(folder, prefect, mlflow, LOGIN))
        wait(f"http://{HOST}:{prefect}/api/health")  # it has made the database
        start("server", _environment(folder, unlocked, mlflow, ""))
        wait(f"http://{HOST}:{mlflow}/health")
        wait(f"http://{HOST}:{unlocked}/api/health")
        yield Servers(prefect, unlocked, mlflow, folder)
    finally:
        for one in processes:
            one.terminate()
        for one in processes:
            one.wait()
