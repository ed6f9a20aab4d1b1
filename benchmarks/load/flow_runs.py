"""Request, await and read flow runs of the deployment `train` on the Prefect server of a checkout."""

import time
from collections.abc import Sequence
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun

from benchmarks.load.services import Services
from pipeline.base.console import UserError, say

DEPLOYMENT = "train/train"
_PAGE = 200  # the most that the server returns
_EVERY, _PATIENCE = 5.0, 600.0  # seconds between polls, and until the next flow run must have ended


def _client(up: Services) -> SyncPrefectClient:
    return SyncPrefectClient(up.api, auth_string=up.login)


def ask_for(up: Services, names: Sequence[str]) -> list[UUID]:
    """Request a flow run for each experiment, with one seed, and return their ids."""
    with _client(up) as client:
        deployment = client.read_deployment_by_name(DEPLOYMENT).id
        given = [{"experiment": name, "seeds": 1} for name in names]
        return [client.create_flow_run_from_deployment(deployment, parameters=one).id for one in given]


def read(up: Services, ids: Sequence[UUID]) -> list[FlowRun]:
    """Read the flow runs as they are now."""
    found: list[FlowRun] = []
    with _client(up) as client:
        for first in range(0, len(ids), _PAGE):
            chosen = FlowRunFilterId(any_=list(ids[first : first + _PAGE]))
            found += client.read_flow_runs(flow_run_filter=FlowRunFilter(id=chosen))
    return found


def wait_for(up: Services, ids: Sequence[UUID]) -> list[FlowRun]:
    """Wait until all flow runs have ended, and return them. Raises UserError if none ends for _PATIENCE seconds."""
    done, last = 0, time.monotonic()
    while True:
        runs = read(up, ids)
        ended = sum(1 for run in runs if run.state and run.state.is_final())
        if ended > done:
            done, last = ended, time.monotonic()
            say(f"load: {done} of {len(ids)} flow runs have ended")
        if done == len(ids):
            return runs
        if time.monotonic() - last > _PATIENCE:
            raise UserError(f"{len(ids) - done} of {len(ids)} flow runs do not end")
        time.sleep(_EVERY)


def experiment_of(run: FlowRun) -> str:
    """Read the name of the experiment from the parameters of a flow run."""
    return str(run.parameters["experiment"])


def states(runs: Sequence[FlowRun]) -> dict[str, str]:
    """Describe how each experiment's flow run ended: `completed`, or the state and how often it was started."""
    found = {}
    for run in runs:
        state = run.state.type.value.lower() if run.state else "without a state"
        once = state == "completed" and run.run_count == 1
        found[experiment_of(run)] = state if once else f"{state}, begun {run.run_count} times"
    return found
