"""When a flow run is tried again: a training that was ended from outside, a server that is silent, a crash.

Prefect starts a flow run again that crashed; one that crashes again and again ends here, and says so.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from prefect.runtime import flow_run

from pipeline.base.console import Unreachable, UserError, say
from pipeline.perform import WorkerDied

T = TypeVar("T")
MOST_CRASHES = 5  # of one flow run
MOST_DEATHS = 3  # of a process that trains, in one flow run
PATIENCE = 900.0  # seconds that a server may be silent
REST = 10.0


def end_after_many_crashes() -> None:
    """Raise UserError if this flow run was begun more than MOST_CRASHES times."""
    if flow_run.run_count and flow_run.run_count > MOST_CRASHES:
        raise UserError(
            f"it crashed {MOST_CRASHES} times, and is not started again; its worker's log says how it ended"
        )


def with_retries(work: Callable[[], T]) -> T:
    """Return what the work gives, done again where that may help. Raises what it raises in the end."""
    deaths, until = 0, time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except WorkerDied as error:
            deaths += 1
            if deaths == MOST_DEATHS:
                raise
            say(f"train: {error}; it goes on")
        except Unreachable as error:
            if time.monotonic() > until:
                raise
            say(f"train: {error}; asked again in {REST:.0f} s")
            time.sleep(REST)
