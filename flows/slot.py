"""The slot of a worker: its GPU or its share of the cores, held by one training at a time.

A killed worker may leave its flow run behind. The worker that replaces it gets another one, which waits here.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.base.console import say

FOLDER = Path("mlruns/services")
_EVERY = 1.0  # seconds between attempts; a blocking lock would delay a cancellation


@contextmanager
def slot() -> Iterator[None]:
    """Hold the slot that REPRISE_SLOT names for the body; do nothing if it is not set."""
    name = os.environ.get("REPRISE_SLOT")
    if not name:
        yield
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.lock").open("w") as lock:
        _wait_for(lock.fileno(), name)
        yield


def _wait_for(lock: int, name: str) -> None:
    said = False
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                say(f"train: {name} is busy with another flow run, waiting for it")
            said = True
            time.sleep(_EVERY)
