"""The flow `reconcile`: bring Prefect, MLflow and the disk into line, and release abandoned runs to be resumed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psutil
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, State

from flows.talk import prefect_at_hand
from pipeline.base.console import command, plural, say
from pipeline.base.layout import MLRUNS
from pipeline.commands.reconcile import reconcile as mend
from pipeline.tracking.store import readable_errors

_BEGUN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_ASIDE = "its process is gone"
_LIMIT = timedelta(minutes=5)  # to begin or to be cancelled; the server restarts what does not begin after 80 s


def lives_here(run: FlowRun, host: str) -> bool | None:
    """Check whether the process of a flow run lives; None if it is not known on this host.

    Prefect keeps its id and the name of its worker, which begins with the host (`flows/worker.py`).
    """
    worker, pid = str(run.labels.get("prefect.worker.name", "")), run.infrastructure_pid or ""
    if worker.rpartition("-")[0] != host or not pid.isdecimal():
        return None
    try:
        return "prefect" in " ".join(psutil.Process(int(pid)).cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def _begun(client: SyncPrefectClient) -> Sequence[FlowRun]:
    states = FlowRunFilterState(type=FlowRunFilterStateType(any_=_BEGUN))
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(state=states))


def is_lost(run: FlowRun, host: str, now: datetime) -> bool:
    """Check whether nobody works at a flow run any more.

    The process of a Pending one may be that of an earlier start, and one on another host cannot be seen: such flow runs
    are lost if they neither begin nor are cancelled within _LIMIT.
    """
    assert run.state is not None
    lives, kind = lives_here(run, host), run.state.type
    if lives is False and kind != StateType.PENDING:
        return True
    return lives is not True and kind != StateType.RUNNING and now - run.state.timestamp > _LIMIT


def end_of(run: FlowRun) -> State:
    """Choose the state of a flow run whose process is gone: a crashed one is restarted, a cancelled one is not."""
    cancelled = run.state is not None and run.state.type == StateType.CANCELLING
    return (Cancelled if cancelled else Crashed)(message=_ASIDE)


def mark_lost(client: SyncPrefectClient, host: str, now: datetime | None = None) -> list[str]:
    """Mark lost flow runs as crashed, which restarts them, or as cancelled. Return their names."""
    now = now or datetime.now(UTC)
    lost = [run for run in _begun(client) if is_lost(run, host, now)]
    for run in lost:
        client.set_flow_run_state(run.id, end_of(run), force=True)
    return [run.name for run in lost]


def is_over(client: SyncPrefectClient, flow_run: str) -> bool:
    """Check whether a flow run is neither running, pending nor being cancelled."""
    try:
        state = client.read_flow_run(UUID(flow_run)).state
    except ObjectNotFound:
        return True
    return state is None or state.type not in _BEGUN


@flow(name="reconcile", flow_run_name="what a kill has left open", log_prints=True)
def reconcile() -> None:
    """Close or release what a kill has left open in Prefect, in MLflow and on the disk."""
    import socket

    from pipeline.tracking.tracker import Tracker

    with get_client(sync_client=True) as client, readable_errors(MLRUNS):
        names = mark_lost(client, socket.gethostname())
        mended = mend(Tracker(MLRUNS), lambda flow_run: is_over(client, flow_run))
    flows = f"{plural(len(names), 'flow run')} without a process closed, " if names else ""
    say(f"reconcile: {flows}{mended}")


@command("reconcile")
def main() -> None:
    """Run the flow."""
    with prefect_at_hand():
        reconcile()


if __name__ == "__main__":
    main()
