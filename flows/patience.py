"""What a flow run bears: a training that is ended from outside goes on, a few times; a silent server is asked again."""

import time
from collections.abc import Callable
from typing import TypeVar

from pipeline.base.console import Unreachable, say
from pipeline.perform import WorkerDied

T = TypeVar("T")
LIVES = 3  # of a process that trains, in one flow run
PATIENCE = 900.0  # seconds
REST = 10.0


def patiently(work: Callable[[], T]) -> T:
    """Return what the work gives, done again where that may help. Raises what it raises in the end."""
    deaths, until = 0, time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except WorkerDied as error:
            deaths += 1
            if deaths == LIVES:
                raise
            say(f"train: {error}; it goes on")
        except Unreachable as error:
            if time.monotonic() > until:
                raise
            say(f"train: {error}; asked again in {REST:.0f} s")
            time.sleep(REST)
