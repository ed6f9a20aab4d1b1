"""One at a time: a lock file that says who holds it since when, and is free again when that process ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from pipeline.base.console import UserError, say
from pipeline.base.files import naming

CHECKOUT = Path(".dvc/tmp/reprise.lock")  # whoever changes params.yaml or runs all stages holds it
_EVERY = 1.0  # seconds between two tries; a wait in the kernel would hold up a cancellation


class HeldError(UserError):
    """Another process holds a lock."""


@contextmanager
def locked(path: Path, blocked: Callable[[str], None]) -> Iterator[TextIO]:
    """Lock a file for the body; a process that ends lets it go.

    While another has it, `blocked` is called once with what that one has written there. It returns, to wait, or raises.
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as stream:
            _acquire(stream, blocked)
            if _is_there(stream, path):
                yield stream
                return


def _acquire(stream: TextIO, blocked: Callable[[str], None]) -> None:
    said = False
    while True:
        try:
            return fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                stream.seek(0)
                blocked(stream.read())
            said = True
            time.sleep(_EVERY)


def _is_there(stream: TextIO, path: Path) -> bool:
    """Check that nobody removed or replaced the file between its opening and its locking."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def hold(
    who: str, path: Path = CHECKOUT, wait: bool = False, does: str = "is at work in this checkout"
) -> Iterator[None]:
    """Hold a lock for the body as `who`, such as "make reproduce".

    If another process has it, raises HeldError that says who `does` what since when, or with `wait` says so and waits.
    """

    def blocked(holder: str) -> None:
        text = f"{holder or 'another process'} {does}"
        if not wait:
            raise HeldError(f"{text}; wait until it has ended, or end it, and ask again")
        say(f"{text}; this one waits")

    with locked(path, blocked) as stream:
        with naming(path):
            stream.truncate(0)
            text = f"{who} (process {os.getpid()}, since {datetime.now():%H:%M:%S})"
            os.write(stream.fileno(), text.encode())  # at once: what a full disk left in a buffer would fail again
        try:
            yield
        finally:
            stream.truncate(0)
