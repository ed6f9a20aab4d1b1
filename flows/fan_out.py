"""One flow run an experiment, through the deployment `train` in the pool `gpu`, and the wait for all of them.

A flow run that is asked for twice, because the one that asks was itself started again, is made once.
"""

import time
from collections.abc import Mapping
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.runtime import flow_run

from flows.train import title
from pipeline.console import UserError, say
from pipeline.params import Params

DEPLOYMENT = "train/train"
_EVERY = 3.0  # seconds between two looks
_GRACE = 180.0  # seconds that a crashed one has to be started again


def ask_for(params: Params) -> dict[UUID, str]:
    """Ask for a flow run of each experiment, and return their names by id."""
    found = {}
    for name, experiment in params.chosen().items():
        seeds = params.seeds_of(experiment)
        asked = run_deployment(
            DEPLOYMENT,
            parameters={"experiment": name, "seeds": seeds},
            flow_run_name=title(name, seeds),
            idempotency_key=f"{flow_run.id}:{name}:{seeds}",
            timeout=0,
        )
        assert isinstance(asked, FlowRun)
        found[asked.id] = asked.name
    return found


def _look(ids: list[UUID]) -> list[FlowRun]:
    """Return the flow runs; none if the server does not answer at the moment."""
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)))
    except httpx.HTTPError as error:
        say(f"reproduce: the Prefect server does not answer ({type(error).__name__}), asked again in {_EVERY:.0f} s")
        return []


class Ends:
    """Which flow runs have ended, and how. A crashed one counts as ended only if nothing starts it again."""

    def __init__(self, grace: float = _GRACE) -> None:
        self._grace = grace
        self._crashed: dict[UUID, float] = {}

    def ended(self, run: FlowRun, now: float) -> bool:
        """Say whether a flow run has ended for good."""
        if run.state is None or not run.state.is_final():
            self._crashed.pop(run.id, None)
            return False
        if not run.state.is_crashed():
            return True
        return now - self._crashed.setdefault(run.id, now) > self._grace


def wait_for(names: Mapping[UUID, str]) -> None:
    """Return when all have completed. Raises UserError naming those that did not."""
    left, ends, failed = dict(names), Ends(), []
    while left:
        for run in _look(list(left)):
            if ends.ended(run, time.monotonic()):
                name = left.pop(run.id)
                assert run.state is not None
                say(f"reproduce: {name}: {run.state.type.value.lower()}; {len(left)} of {len(names)} left")
                if not run.state.is_completed():
                    failed.append(f"{name} ({run.state.type.value.lower()}: {run.state.message})")
        if left:
            time.sleep(_EVERY)
    if failed:
        raise UserError(f"{len(failed)} of {len(names)} experiments did not complete: {'; '.join(failed[:3])}")
