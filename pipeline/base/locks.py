"""One at a time: a lock file that says who holds it since when, and is free again when that process ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from pipeline.base.console import UserError, say

CHECKOUT = Path(".dvc/tmp/reprise.lock")  # whoever changes params.yaml or runs all stages holds it
_EVERY = 1.0  # seconds between two tries; a wait in the kernel would hold up a cancellation


class HeldError(UserError):
    """Another process holds a lock."""


@contextmanager
def hold(
    who: str, path: Path = CHECKOUT, wait: bool = False, does: str = "is at work in this checkout"
) -> Iterator[None]:
    """Hold a lock for the body as `who`, such as "make reproduce".

    If another process has it, raises HeldError that says who `does` what since when, or with `wait` says so and waits.
    """
    with _locked(path, wait, does) as stream:
        stream.truncate(0)
        stream.write(f"{who} (process {os.getpid()}, since {datetime.now():%H:%M:%S})")
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


@contextmanager
def _locked(path: Path, wait: bool, does: str) -> Iterator[TextIO]:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as stream:
            _acquire(stream, wait, does)
            if _is_there(stream, path):
                yield stream
                return


def _is_there(stream: TextIO, path: Path) -> bool:
    """Check that nobody removed or replaced the file between its opening and its locking."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _acquire(stream: TextIO, wait: bool, does: str) -> None:
    said = False
    while True:
        try:
            return fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"{_holder(stream)} {does}"
            if not wait:
                raise HeldError(f"{text}; wait until it has ended, or end it, and ask again") from None
            if not said:
                say(f"{text}; this one waits")
            said = True
            time.sleep(_EVERY)


def _holder(stream: TextIO) -> str:
    stream.seek(0)
    return stream.read() or "another process"
