"""What the tests have a cluster do; scheduler and workers import this, so it imports little."""

import os
import signal
import threading
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.base.console import UserError

if TYPE_CHECKING:
    from pipeline.spec.sounds import Sounds, View

LAST = 5  # the clip of a victim that it does not end, in the middle of its second batch
_begun = count()


def bands_or_never(view: "View", sounds: "Sounds", path: Path) -> np.ndarray:
    """As bands_of; but a victim says when it is in the middle of a clip, and stays there."""
    from pipeline.stages.spectra import bands_of

    said = os.environ.get("VICTIM")
    if said and next(_begun) == LAST:
        Path(said).write_text(path.name)
        threading.Event().wait()
    return bands_of(view, sounds, path)


def square(n: int) -> int:
    return n * n


def product(seed: int) -> bytes:
    random = np.random.default_rng(seed)
    left, right = random.random((24, 1103), np.float32), random.random((1103, 400), np.float32)
    return (left @ right).tobytes()


def wait_at_one(folder: Path, n: int) -> None:
    (folder / str(n)).touch()
    if n == 1:
        (folder / "gate").read_text()


def end_the_process(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail_at_three(n: int) -> int:
    if n == 3:
        raise UserError("clip 3 is bad")
    return n
