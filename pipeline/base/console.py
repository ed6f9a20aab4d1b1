"""What the user sees: one line for each thing that takes time, and errors without a traceback."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import NoReturn, TypeVar

from pipeline.base.redact import redact

_REMEDIES = {
    errno.EACCES: "work as its owner, or in a checkout of your own",
    errno.EROFS: "make it writable",
    errno.EMFILE: "allow more open files (`ulimit -n 1024`)",
}
T = TypeVar("T")


class UserError(Exception):
    """Something the user can fix. The text names the file, the value and the remedy in one or two lines."""


class Unreachable(UserError):
    """A server does not answer; a later attempt may succeed."""


def say(text: str) -> None:
    """Print one line at once, also to a log. Output that lacks its letters, or that nobody reads, stops nothing."""
    text = redact(text)
    try:
        _print(text)
    except UnicodeEncodeError:
        _print(text.encode("ascii", "replace").decode())


def _print(text: str) -> None:
    try:
        print(text, flush=True)  # noqa: T201  the one place that prints
    except BrokenPipeError:  # the reader is gone; as Python's documentation has it, so that the exit is quiet too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plural(count: int, noun: str, many: str = "") -> str:
    """Format a count with its noun: `1 run`, `3 runs`. `many`: an irregular plural."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def track(items: Iterable[T], label: str, total: int) -> Iterator[T]:
    """Yield the items and show progress: a bar on a terminal, a line every quarter in a log."""
    if sys.stdout.isatty():
        from rich.progress import track as bar

        yield from bar(items, description=label, total=total)
        return
    shown = 0
    for done, item in enumerate(items, 1):
        yield item
        if total and done * 4 // total > shown:
            shown = done * 4 // total
            say(f"{label}: {done} of {total}")


def explain(error: BaseException) -> tuple[str, int]:
    """Return (text, exit status) for an error that ends a command."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing is half-written, `make reproduce` resumes from here", 130
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" while writing {error.filename}" if error.filename else ""
        return f"the disk is full{where}; make room and run `make reproduce` again, nothing is half-written", 1
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} does not exist; `make reproduce` creates the inputs of every stage", 1
    if isinstance(error, OSError) and error.strerror:
        remedy = _REMEDIES.get(error.errno or 0, "make it possible")
        return f"{error.filename or 'the system'}: {error.strerror}; {remedy}, and run the command again", 1
    return str(error), 1


@contextmanager
def door(name: str) -> Iterator[None]:
    """Run the body of a command: an error that the user can fix ends it with one message and a nonzero status."""
    try:
        yield
    except (UserError, KeyboardInterrupt, OSError) as error:
        text, status = explain(error)
        leave(name, text, status)


def leave(name: str, text: str, status: int) -> NoReturn:
    """End the process with one message on standard error."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(f"{name}: {redact(text)}\n")  # what it has no letters for, standard error escapes
        sys.stderr.flush()
    raise SystemExit(status)


def command(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Decorate a main function so that it runs inside `door`.

    When a program has done its work, Ctrl-C ends it at once: Python's own handler would print a traceback from what
    runs while the interpreter closes.
    """

    def wrap(main: Callable[[], None]) -> Callable[[], None]:
        @wraps(main)
        def run() -> None:
            try:
                with door(name):
                    main()
            finally:
                if main.__module__ == "__main__":
                    signal.signal(signal.SIGINT, signal.SIG_DFL)

        return run

    return wrap
