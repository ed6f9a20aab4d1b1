"""One pool of workers on a GPU at a time: they divide its memory, which a second pool would promise again."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from pipeline.base.console import say
from pipeline.base.layout import MLRUNS
from pipeline.base.locks import locked
from pipeline.running.devices import Slot
from pipeline.running.keys import ROOT

FOLDER = ROOT / MLRUNS / "gpus"  # also for `make sounds`, which works in a folder of its own
_UNUSUAL = re.compile(r"[^\w-]")  # in the name of a GPU


@contextmanager
def held(slots: Sequence[Slot], folder: Path = FOLDER) -> Iterator[None]:
    """Hold the GPUs of these slots for the body. While another process of this checkout has one, says so and waits."""
    with ExitStack() as stack:
        for gpu in sorted({slot.gpu for slot in slots if slot.gpu}):  # in one order, so that no two wait for each other
            busy = f"train: GPU {gpu} is busy with another training of this checkout, waiting for it"
            path = folder / f"{_UNUSUAL.sub('_', gpu)}.lock"
            stack.enter_context(locked(path, partial(lambda text, _: say(text), busy)))
        yield
