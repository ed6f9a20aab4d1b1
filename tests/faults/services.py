"""A checkout of its own whose services run as `make up` starts them, and what a test wants to know of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("flows", "pipeline", "claims", "prefect.yaml", "supervisord.conf")
DVC_YAML = """
stages:
  windows:
    cmd: python -m pipeline.stages.windows
    deps: [params.yaml]
    outs: [data/windows]
"""


LEASE = {"PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30"}  # so one is renewed within the test


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_checkout(folder: Path, params: str, store: Path) -> None:
    """Fill a folder with links to the code, its own params.yaml, a DVC without git, and an empty MLflow store."""
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "params.yaml").write_text(params)
    (folder / "dvc.yaml").write_text(DVC_YAML)
    shutil.copytree(store, folder / "mlruns")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True)


def until(what: Callable[[], Any], seconds: float) -> Any:
    """Return the first answer that is not empty. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise TimeoutError(what.__name__)


class Services:
    """The services of a folder."""

    def __init__(self, folder: Path, devices: str) -> None:
        self.folder = folder
        self.ports = {"PREFECT_PORT": str(free_port()), "MLFLOW_PORT": str(free_port())}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {**self.ports, **LEASE, "CUDA_VISIBLE_DEVICES": devices, "PYTHONPATH": str(folder), "PATH": path}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | own
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows.up"],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_up(self) -> list[str]:
        """Return the lines that it prints until all is there."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        return lines

    @property
    def api(self) -> str:
        """Return the address of the Prefect server."""
        return f"http://127.0.0.1:{self.ports['PREFECT_PORT']}/api"

    @property
    def tracking(self) -> str:
        """Return the address of the MLflow server."""
        return f"http://127.0.0.1:{self.ports['MLFLOW_PORT']}"

    def all(self) -> Iterator[psutil.Process]:
        """Yield every process below `make up`, and what a kill has left of it."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("PREFECT_PORT") == self.ports["PREFECT_PORT"]:
                    yield process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def those(self, *words: str) -> list[psutil.Process]:
        """Return the processes with all of these words on their command line."""
        found = []
        for process in self.all():
            try:
                line = " ".join(process.cmdline())
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if all(word in line for word in words):
                found.append(process)
        return found

    def interrupt(self) -> str:
        """Press Ctrl-C, and return what it printed after it was up."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest, _ = self.process.communicate(timeout=120)
        return rest

    def end(self) -> None:
        """End what is left."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=120)
        for process in self.all():
            process.kill()


@contextmanager
def services(folder: Path, devices: str) -> Iterator[Services]:
    """Start the services of a checkout for the body; devices are those that its machine is said to have."""
    found = Services(folder, devices)
    try:
        yield found
    finally:
        found.end()
