"""A separate checkout whose services run as under `make up`, on free ports, next to those of this checkout."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from flows import password
from pipeline.base.console import UserError
from pipeline.base.ports import HOST, answers

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
LINKED = ("flows", "pipeline", "claims", "prefect.yaml", "supervisord.conf")
_PATIENCE = 180.0  # seconds until the services are up, or gone
_DVC_YAML = """
stages:
  windows:
    foreach: [automata]
    do:
      cmd: python -m pipeline.stages.windows ${item}
      deps: [params.yaml]
      outs:
        - data/windows/${item}
"""


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment_of(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Build the environment of a checkout: its code, this Python, and no servers except those in `more`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
    return {**kept, "PYTHONPATH": str(folder), "PATH": path, **more}


def dvc(folder: Path, *words: str) -> None:
    """Run DVC in a checkout. Raises subprocess.CalledProcessError."""
    subprocess.run([sys.executable, "-m", "dvc", *words], cwd=folder, env=environment_of(folder, {}), check=True)


def make_checkout(folder: Path, params: str, store: Path | None = None) -> None:
    """Fill a folder with links to the code, params.yaml, DVC without git, and an MLflow store if given.

    DVC makes the windows of the family `automata`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "params.yaml").write_text(params, encoding="utf-8")
    (folder / "dvc.yaml").write_text(_DVC_YAML, encoding="utf-8")
    if store:
        shutil.copytree(store, folder / "mlruns")
    dvc(folder, "init", "--no-scm", "-q")


def stage(folder: Path, name: str, *words: str, **more: str) -> None:
    """Run one stage of a checkout with these arguments. Raises UserError if it fails."""
    line, environment = [sys.executable, "-m", f"pipeline.stages.{name}", *words], environment_of(folder, more)
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"the stage {name} failed: {(done.stderr.splitlines() or ['no reason given'])[-1]}")


def until(what: Callable[[], T], seconds: float) -> T:
    """Call `what` until its result is not empty, and return that. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise TimeoutError(getattr(what, "__name__", str(what)))


class Services:
    """The services of a folder; `more` is added to their environment."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.ports = {"PREFECT_PORT": str(free_port()), "MLFLOW_PORT": str(free_port())}
        self.environment = environment_of(folder, {**self.ports, **more})
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows.up"],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_up(self) -> list[str]:
        """Wait until everything is up, and return the lines printed so far."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        return lines

    @property
    def api(self) -> str:
        """The address of the Prefect server."""
        return f"http://{HOST}:{self.ports['PREFECT_PORT']}/api"

    @property
    def login(self) -> str:
        """The login of both servers, available once they are up."""
        return password.kept(self.folder / password.FILE)

    @contextmanager
    def logged_in(self) -> Iterator[None]:
        """Give MLflow's clients in this process the login during the body."""
        user, _, secret = self.login.partition(":")
        given = {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": secret}
        before = {name: os.environ.pop(name) for name in given if name in os.environ}
        os.environ.update(given)
        try:
            yield
        finally:
            for name in given:
                del os.environ[name]
            os.environ.update(before)

    @property
    def tracking(self) -> str:
        """The address of the MLflow server."""
        return f"http://{HOST}:{self.ports['MLFLOW_PORT']}"

    def tree(self) -> list[psutil.Process]:
        """List `make up` and all its descendants."""
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def all(self) -> Iterator[psutil.Process]:
        """Yield every process of these services, also those that a kill has left behind."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("PREFECT_PORT") == self.ports["PREFECT_PORT"]:
                    yield process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def interrupt(self) -> str:
        """Send Ctrl-C, and return what was printed after start-up."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest, _ = self.process.communicate(timeout=_PATIENCE)
        return rest

    def end(self) -> None:
        """End all processes that are left."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=_PATIENCE)
        for process in self.all():
            process.kill()


Up = TypeVar("Up", bound=Services)


@contextmanager
def kept_up(services: Up) -> Iterator[Up]:
    """Run services during the body, and end them after it."""
    try:
        yield services
    finally:
        services.end()


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """Run only the MLflow server of a folder during the body, without a password. Yields its address."""
    port = free_port()
    environment = environment_of(ROOT, {"MLFLOW_PORT": str(port), password.OFF: "1"})
    words = [sys.executable, "-m", "flows.mlflow_server"]
    process = subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or answers(f"http://{HOST}:{port}/health"), _PATIENCE)
        if process.poll() is not None:
            raise UserError(f"the MLflow server ended with status {process.returncode}")
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()
