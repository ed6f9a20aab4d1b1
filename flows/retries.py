"""When a flow run tries again: after a training process was ended from outside, a server was silent, or a crash.

Prefect restarts a flow run that crashed; one that keeps crashing fails here with a message.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from prefect.runtime import flow_run

from pipeline.base.console import Unreachable, UserError, say
from pipeline.perform import WorkerDied

T = TypeVar("T")
MOST_CRASHES = 5  # of one flow run
MOST_DEATHS = 3  # of a training process, in one flow run
PATIENCE = 900.0  # seconds that a server may be silent, from its first error on
REST = 10.0


def end_after_many_crashes() -> None:
    """Raise UserError if this flow run has been started more than MOST_CRASHES times."""
    if flow_run.run_count and flow_run.run_count > MOST_CRASHES:
        raise UserError(f"it crashed {MOST_CRASHES} times, so it is not restarted; the log of its worker says why")


def with_retries(work: Callable[[], T]) -> T:
    """Call `work`, with retries after WorkerDied and Unreachable, and return its result. Raises its last error.

    PATIENCE counts from the first of a row of Unreachable. An attempt of more than PATIENCE has worked, with a server
    that answered, so its Unreachable begins a new row.
    """
    deaths, until = 0, float("inf")
    while True:
        begun = time.monotonic()
        try:
            return work()
        except WorkerDied as error:
            deaths += 1
            if deaths == MOST_DEATHS:
                raise
            until = float("inf")
            say(f"train: {error}; resuming")
        except Unreachable as error:
            now = time.monotonic()
            until = now + PATIENCE if now - begun > PATIENCE else min(until, now + PATIENCE)
            if now > until:
                raise
            say(f"train: {error}; trying again in {REST:.0f} s")
            time.sleep(REST)
