"""Request one flow run per experiment, through the deployment `train` in the pool `gpu`, and wait for all of them.

A flow run that is requested twice, because the requesting one was itself restarted, is created once.
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
from prefect.states import Scheduled

from flows.train import title
from pipeline.base.console import UserError, plural, say
from pipeline.params import Params

DEPLOYMENT = "train/train"
_EVERY = 3.0  # seconds between polls
_REST = 30.0  # seconds that the automation has to restart a crashed flow run, before it is done here


def ask_for(params: Params) -> dict[UUID, str]:
    """Request a flow run for each experiment, and return their names by id."""
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
    """Read the flow runs; empty if the server does not answer at the moment."""
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)))
    except httpx.HTTPError as error:
        say(f"reproduce: the Prefect server does not answer ({type(error).__name__}), trying again in {_EVERY:.0f} s")
        return []


class Crashes:
    """Tracks flow runs that have crashed and were not restarted. The automation restarts them, but a server that was
    killed learns of earlier events late; then it is done from here."""

    def __init__(self, rest: float = _REST) -> None:
        self._rest = rest
        self._since: dict[UUID, float] = {}

    def lies(self, run: FlowRun, now: float) -> bool:
        """Check whether a flow run crashed more than `rest` seconds ago."""
        if run.state is None or not run.state.is_crashed():
            self._since.pop(run.id, None)
            return False
        return now - self._since.setdefault(run.id, now) > self._rest


def _start_again(run: FlowRun) -> None:
    try:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run.id, Scheduled(message="crashed, starting again"), force=True)
        say(f"reproduce: {run.name}: crashed, starting again")
    except httpx.HTTPError as error:
        say(f"reproduce: {run.name}: cannot be restarted yet ({type(error).__name__})")


def _has_ended(run: FlowRun) -> bool:
    """Check whether a flow run has ended for good. A crashed one has not; it fails after too many restarts."""
    return run.state is not None and run.state.is_final() and not run.state.is_crashed()


def wait_for(names: Mapping[UUID, str]) -> None:
    """Wait until all have ended. Raises UserError naming those that did not complete."""
    left, crashes, failed = dict(names), Crashes(), []
    while left:
        for run in _look(list(left)):
            if crashes.lies(run, time.monotonic()):
                _start_again(run)
            elif _has_ended(run):
                name = left.pop(run.id)
                assert run.state is not None
                say(f"reproduce: {name}: {run.state.type.value.lower()}; {len(left)} of {len(names)} left")
                if not run.state.is_completed():
                    failed.append(f"{name} ({run.state.type.value.lower()}: {run.state.message})")
        if left:
            time.sleep(_EVERY)
    if failed:
        raise UserError(
            f"{len(failed)} of {plural(len(names), 'experiment')} did not complete: {'; '.join(failed[:3])}"
        )
