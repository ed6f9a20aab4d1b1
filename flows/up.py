"""`make up`: the Prefect server, the MLflow server and the workers of this machine, until Ctrl-C.

supervisord (supervisord.conf) restarts any that dies. Their logs are in mlruns/services.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from flows import down, password
from flows.addresses import LOGS, environment_of, health, ports, workers_here
from flows.mlflow_server import is_shared
from pipeline.base.console import UserError, command, say
from pipeline.base.layout import MLRUNS, require_plain
from pipeline.base.parallel import cores
from pipeline.base.ports import answers, direct, require_free, require_usable_proxy
from pipeline.running.devices import gpus
from pipeline.tracking.view import is_ours, link, link_to_charts

_PATIENCE = 120.0  # seconds until a server must answer; the first start creates its database
_WITH_RUNS = """
    select name, experiment_id from experiments
    where experiment_id in (select experiment_id from runs) order by experiment_id
"""
Process = subprocess.Popen[bytes]


def environment_here(found: dict[str, int], many: int) -> dict[str, str]:
    """Build the environment of all services, with the passwords; a variable that would be empty is left out."""
    login = password.passwords(os.environ, password.FILE)
    services = {**environment_of(found, Path.cwd()), **login, **direct(os.environ), "REPRISE_SLOTS": str(many)}
    return {name: value for name, value in {**os.environ, **services}.items() if value or name not in login}


def start(environment: dict[str, str]) -> Process:
    """Start supervisord in its own session, so that Ctrl-C reaches only this process, which then stops everything."""
    LOGS.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "supervisor.supervisord", "-c", "supervisord.conf"]
    return subprocess.Popen(words, env=environment, start_new_session=True)


def wait_for(name: str, address: str, process: Process) -> None:
    """Wait until a server answers. Raises UserError if supervisord ends first, or after _PATIENCE."""
    until = time.monotonic() + _PATIENCE
    while not answers(address):
        if process.poll() is not None:
            raise UserError(f"the services ended with status {process.returncode}; see {LOGS}")
        if time.monotonic() > until:
            raise UserError(f"the {name} server does not answer; {LOGS / name.lower()}.log says why")
        time.sleep(0.3)


def provision(environment: dict[str, str]) -> None:
    """Set up the server in a separate process, because Prefect reads its settings on import."""
    done = subprocess.run([sys.executable, "-m", "flows.provision"], env=environment, check=False)
    if done.returncode:
        raise UserError("the server could not be set up; the message above says why")


def run_pages(server: str, database: Path) -> dict[str, tuple[str, str]]:
    """Map each family that has runs to the addresses of the table of its experiments and of their charts.

    The database is asked, since MLflow takes seconds to import.
    """
    if not database.exists():
        return {}
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as store:
        found = store.execute(_WITH_RUNS).fetchall()
    pages = {}
    for name, number in found:
        if is_ours(name):
            family = name.partition("/")[2]  # `reprise` itself has runs of older versions and no view
            of = server, str(number), bool(family)
            pages[family or "older"] = link(*of), link_to_charts(*of)
    return pages


def say_where(environment: dict[str, str], many: int) -> None:
    """Print where everything is, and how to log in."""
    say(f"up: Prefect  {environment['PREFECT_API_URL'].removesuffix('/api')}")
    say(f"up: its API  {environment['PREFECT_API_URL']}")
    say(f"up: MLflow   {environment['MLFLOW_TRACKING_URI']}")
    for family, (table, charts) in run_pages(environment["MLFLOW_TRACKING_URI"], MLRUNS / "mlflow.db").items():
        say(f"up:   {family:<14}{table}")
        say(f"up:   {'in charts':>12}  {charts}")
    if password.is_off(environment):
        say(f"up: {password.OFF}=1: anyone on this machine can see and delete results, and run programs as you")
    else:
        say(f"up: log in   to both with {password.where(os.environ, password.FILE)}, which is `user:password`")
    say(f"up: 1 worker for data, {many} for training; logs in {LOGS}  (Ctrl-C stops everything)")


def end(process: Process) -> None:
    """Stop all services, and wait until they are gone."""
    if process.poll() is None:
        process.terminate()
        process.wait()


@command("up")
def main() -> None:
    """Start everything and run until Ctrl-C."""
    found = ports(os.environ)
    many = workers_here(os.environ, len(gpus(os.environ)), cores())
    require_plain(Path.cwd())
    require_usable_proxy(os.environ)
    if os.environ.get("SHARED"):  # raises if the store keeps artifacts on this disk
        is_shared(os.environ, MLRUNS)
    down.require_none(Path.cwd())
    for name, port in found.items():
        require_free(port, name)
    environment = environment_here(found, many)
    say("up: starting the servers (about 30 s, a minute the first time)")
    process = start(environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for name, address in health(environment).items():
            wait_for(name, address, process)
        provision(environment)
        say_where(environment, many)
        if process.wait() != 0:  # 0 after `make down`
            raise UserError(f"the services ended with status {process.returncode}; see {LOGS}")
    except KeyboardInterrupt:
        say("up: stopping")
    finally:
        end(process)
    say("up: stopped")


if __name__ == "__main__":
    main()
