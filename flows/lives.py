"""A flow run that crashes starts again by itself; one that crashes again and again ends, and says so."""

from prefect.runtime import flow_run

from pipeline.base.console import UserError

MOST = 5


def end_after_many_lives() -> None:
    """Raise UserError if this flow run was begun more than MOST times."""
    if flow_run.run_count and flow_run.run_count > MOST:
        raise UserError(f"it crashed {MOST} times, and is not started again; its worker's log says how it ended")
