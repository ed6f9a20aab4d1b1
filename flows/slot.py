"""The slot of a worker: its GPU or its share of the cores, held by one training at a time.

A killed worker may leave its flow run behind. The worker that replaces it gets another one, which waits here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.base.console import say
from pipeline.base.locks import locked

FOLDER = Path("mlruns/services")


@contextmanager
def slot() -> Iterator[None]:
    """Hold the slot that REPRISE_SLOT names for the body; do nothing if it is not set."""
    name = os.environ.get("REPRISE_SLOT")
    if not name:
        yield
        return
    waiting = f"train: {name} is busy with another flow run, waiting for it"
    with locked(FOLDER / f"{name}.lock", lambda _: say(waiting)):
        yield
