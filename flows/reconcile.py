"""The flow `reconcile`: bring Prefect, MLflow and the disk into line, and release abandoned runs to be resumed."""

from collections.abc import Sequence
from uuid import UUID

import psutil
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from pipeline.base.console import command, plural, say
from pipeline.base.layout import MLRUNS
from pipeline.commands.reconcile import reconcile as mend
from pipeline.tracking.store import readable_errors

_BEGUN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_ASIDE = "its process is gone"


def is_gone(run: FlowRun, host: str) -> bool:
    """Check whether the process of a flow run was on this host and is gone; Prefect names it `host:id`."""
    where, _, pid = (run.infrastructure_pid or "").rpartition(":")
    if where != host or not pid.isdecimal():
        return False
    try:
        return "prefect" not in " ".join(psutil.Process(int(pid)).cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return True


def _begun(client: SyncPrefectClient) -> Sequence[FlowRun]:
    states = FlowRunFilterState(type=FlowRunFilterStateType(any_=_BEGUN))
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(state=states))


def mark_gone(client: SyncPrefectClient, host: str) -> list[str]:
    """Mark flow runs whose process is gone as crashed, which restarts them, and return their names."""
    gone = [run for run in _begun(client) if is_gone(run, host)]
    for run in gone:
        client.set_flow_run_state(run.id, Crashed(message=_ASIDE), force=True)
    return [run.name for run in gone]


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
        names = mark_gone(client, socket.gethostname())
        mended = mend(Tracker(MLRUNS), lambda flow_run: is_over(client, flow_run))
    flows = f"{plural(len(names), 'flow run')} restarted, " if names else ""
    say(f"reconcile: {flows}{mended}")


@command("reconcile")
def main() -> None:
    """Run the flow."""
    reconcile()


if __name__ == "__main__":
    main()
