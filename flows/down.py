"""`make down`: end whatever a `make up` of this checkout has started, also after a kill.

Every service has the checkout in its environment, and so has all that it starts, so that no file can be out of date.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from flows.addresses import MARK
from pipeline.base.console import UserError, command, plural, say

_SUPERVISOR = "supervisor.supervisord"
_IN_ORDER = 60.0  # seconds that supervisord has to stop all in order; it kills what takes longer than 30
_GRACE = 10.0  # seconds between SIGTERM and SIGKILL, for what it has left behind


@dataclass(frozen=True)
class Service:
    """A process that belongs to the services of a checkout."""

    process: psutil.Process
    since: float
    environment: dict[str, str]
    supervises: bool


def services(checkout: Path) -> list[Service]:
    """Find the processes of the services of a checkout, the oldest first."""
    return sorted(_search(str(checkout.resolve())), key=lambda service: service.since)


def _search(checkout: str) -> Iterator[Service]:
    me = psutil.Process()
    spared = {me.pid, *(parent.pid for parent in me.parents())}
    for process in psutil.process_iter():
        if process.pid in spared:
            continue
        try:
            environment = process.environ()
            if environment.get(MARK) == checkout and process.status() != psutil.STATUS_ZOMBIE:
                yield Service(process, process.create_time(), environment, _SUPERVISOR in process.cmdline())
        except (psutil.Error, OSError):  # it has ended meanwhile, or belongs to someone else
            continue


def describe(found: list[Service]) -> str:
    """Say in one line what runs: since when, as which process, and where."""
    first = next((service for service in found if service.supervises), found[0])
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(first.since))
    where = f"Prefect {first.environment.get('PREFECT_API_URL')}, MLflow {first.environment.get('MLFLOW_TRACKING_URI')}"
    what = f"process {first.process.pid}" if first.supervises else f"{plural(len(found), 'process', 'processes')} left"
    return f"since {since} ({what}): {where}"


def require_none(checkout: Path) -> None:
    """Raise UserError if services of this checkout run already."""
    if found := services(checkout):
        raise UserError(f"this checkout is up {describe(found)}; `make down` ends it")


def _end(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, seconds)


def end_all(checkout: Path) -> int:
    """End all services of a checkout, supervisord first, which ends the others in order. Return how many there were."""
    found = services(checkout)
    _end([service.process for service in found if service.supervises], _IN_ORDER)
    _end([service.process for service in services(checkout)], _GRACE)
    for service in services(checkout):
        service.process.kill()
    psutil.wait_procs([service.process for service in found], _GRACE)
    return len(found)


@command("down")
def main() -> None:
    """End the services of this checkout, and say what was done."""
    found = services(Path.cwd())
    if not found:
        say("down: nothing of this checkout is running")
        return
    say(f"down: stopping what is up {describe(found)}")
    say(f"down: ended {plural(end_all(Path.cwd()), 'process', 'processes')}")


if __name__ == "__main__":
    main()
