"""Wait for requested flow runs, and never without end: what crashed is restarted, and what nobody takes is an error."""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Scheduled

from flows.retries import PATIENCE
from pipeline.base.console import Unreachable, UserError, plural, say

_EVERY = 3.0  # seconds between polls
_AT_ONCE = 100  # flow runs per request; the server returns 200 at most
_REST = 30.0  # seconds that the automation has to restart a crashed flow run, before it is done here
_BEGIN = 110.0  # seconds that a claimed one has to begin, until then
_HINT, _END = 120.0, 24 * 3600.0  # seconds without any flow run at work: until that is said, and until the wait ends


class Stalls:
    """Tracks flow runs that crashed, or were claimed and did not begin, and were not restarted.

    Automations restart them, but a server that was killed learns of earlier events late; then it is done from here.
    """

    def __init__(self, rest: float = _REST, begin: float = _BEGIN) -> None:
        self._rest, self._begin = rest, begin
        self._since: dict[tuple[UUID, bool], float] = {}

    def lies(self, run: FlowRun, now: float) -> bool:
        """Check whether a flow run has been crashed or pending for too long."""
        crashed = run.state is not None and run.state.is_crashed()
        self._since.pop((run.id, not crashed), None)
        if not crashed and not (run.state is not None and run.state.is_pending()):
            self._since.pop((run.id, False), None)
            return False
        return now - self._since.setdefault((run.id, crashed), now) > (self._rest if crashed else self._begin)


class Idleness:
    """Tracks how long no flow run has been at work."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._said = False

    def note(self, runs: Sequence[FlowRun], now: float) -> None:
        """Say once that all are waiting for a worker. Raises UserError after _END."""
        if any(not _waits(run.state) for run in runs):
            self._since, self._said = None, False
            return
        self._since = now if self._since is None else self._since
        if now - self._since > _END:
            raise UserError(
                f"no flow run has begun for {_END / 3600:.0f} hours: start a worker (`make worker`) or resume the pool "
                "gpu, and run `reproduce` again"
            )
        if now - self._since > _HINT and not self._said:
            say("reproduce: nothing has begun yet: does the pool gpu have a worker, and is it not paused?")
            self._said = True


def _waits(state: State | None) -> bool:
    return state is None or state.is_scheduled() or state.is_paused()


def _look(ids: list[UUID]) -> list[FlowRun] | None:
    """Read the flow runs; None if the server does not answer at the moment."""
    found: list[FlowRun] = []
    try:
        with get_client(sync_client=True) as client:
            for start in range(0, len(ids), _AT_ONCE):
                some = FlowRunFilterId(any_=ids[start : start + _AT_ONCE])
                found += client.read_flow_runs(flow_run_filter=FlowRunFilter(id=some))
        return found
    except httpx.HTTPError as error:
        say(f"reproduce: the Prefect server does not answer ({type(error).__name__}), trying again in {_EVERY:.0f} s")
        return None


def _start_again(run: FlowRun) -> None:
    assert run.state is not None
    why = run.state.type.value.lower()
    try:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run.id, Scheduled(message=f"{why}, starting again"), force=True)
        say(f"reproduce: {run.name}: {why}, starting again")
    except httpx.HTTPError as error:
        say(f"reproduce: {run.name}: cannot be restarted yet ({type(error).__name__})")


def _has_ended(run: FlowRun) -> bool:
    """Check whether a flow run has ended for good. A crashed one has not; it fails after too many restarts."""
    return run.state is not None and run.state.is_final() and not run.state.is_crashed()


def _patiently(ids: list[UUID]) -> list[FlowRun]:
    """Read the flow runs once the server answers. Raises Unreachable if it does not for PATIENCE."""
    until = time.monotonic() + PATIENCE
    while (found := _look(ids)) is None:
        if time.monotonic() > until:
            raise Unreachable(f"the Prefect server has not answered for {PATIENCE:.0f} s; run `reproduce` again")
        time.sleep(_EVERY)
    return found


def wait_for(names: Mapping[UUID, str]) -> None:
    """Wait until all have ended. Raises UserError naming those that did not complete."""
    left, stalls, idleness, failed = dict(names), Stalls(), Idleness(), []
    while left:
        found = _patiently(list(left))
        idleness.note(found, time.monotonic())
        for which in left.keys() - {run.id for run in found}:
            failed.append(f"{left.pop(which)} (deleted)")
        for run in found:
            if stalls.lies(run, time.monotonic()):
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
