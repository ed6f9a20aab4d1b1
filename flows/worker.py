"""One Prefect worker with its share of this machine: its own GPU, or some of the cores.

`python -m flows.worker gpu 0` waits until the server has the pool, then becomes the worker. On another machine, run the
same command in a checkout there, with PREFECT_API_URL, PREFECT_API_AUTH_STRING and MLFLOW_TRACKING_URI set.
"""

import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from flows.addresses import HEARTBEAT, REFUSALS, workers_here
from pipeline.base.console import UserError, command, plural, say
from pipeline.base.parallel import cores
from pipeline.base.ports import status_of
from pipeline.base.redact import redact
from pipeline.running.devices import gpus

POOLS = {"cpu": 4, "gpu": 1}  # flow runs at a time; those for data mostly wait for others


def share(place: int, of: int, mine: list[int]) -> list[int]:
    """Select the cores of worker `place` of `of`; with more workers than cores, they share them."""
    return mine[place % len(mine) :: of]


def device(place: int, found: Sequence[str]) -> str:
    """Name the GPU of the worker at a place, as CUDA_VISIBLE_DEVICES does; "-1" where there is none."""
    if found and place >= len(found):
        raise UserError(f"worker {place}: this machine has {plural(len(found), 'GPU')}, counted from 0")
    return found[place] if found else "-1"


def _keep_to_share(place: int) -> None:
    """Leave this process its GPU and its share of the cores: as many workers as GPUs may train beside it."""
    found = gpus(os.environ)
    os.environ["CUDA_VISIBLE_DEVICES"] = device(place, found)
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, share(place, workers_here(os.environ, len(found), cores()), mine))


def _wait_for(pool: str, api: str) -> None:
    said = False
    while (found := status_of(f"{api}/work_pools/{pool}", os.environ.get("PREFECT_API_AUTH_STRING", ""))) != 200:
        if found in REFUSALS:
            raise UserError(f"{redact(api)} refuses this worker ({found}): {REFUSALS[found]}")
        if not said:
            say(f"worker: waiting for the pool {pool} of {redact(api)}")
            said = True
        time.sleep(1)


@command("worker")
def main() -> None:
    """Become the worker of the pool and place that the command line names."""
    words = sys.argv[1:]
    if len(words) != 2 or words[0] not in POOLS or not words[1].isdecimal():
        raise UserError("name a pool and a slot, as in `python -m flows.worker gpu 0`")
    pool, place = words[0], int(words[1])
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        raise UserError(
            "PREFECT_API_URL is not set; `make up` sets it, and docs/cluster.md says how on another machine"
        )
    if pool == "gpu":
        _keep_to_share(place)
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", HEARTBEAT)
    os.environ["PYTHONPATH"] = os.environ["REPRISE_CHECKOUT"] = str(Path.cwd())
    os.environ["REPRISE_SLOT"] = f"{pool}{place}"
    _wait_for(pool, api)
    name = f"{socket.gethostname()}-{pool}{place}"
    line = ["worker", "start", "--pool", pool, "--name", name, "--limit", str(POOLS[pool]), "--type", "process"]
    os.execv(sys.executable, [sys.executable, "-m", "prefect", *line])  # noqa: S606


if __name__ == "__main__":
    main()
