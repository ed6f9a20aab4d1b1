"""Do the same work in many processes that start at the same moment, and collect results and errors."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE = 300.0  # seconds until all must have arrived
_begin: Any = None
_meet: Any = None


def _take(begin: Any, meeting: Any, environment: dict[str, str]) -> None:
    global _begin, _meet
    _begin, _meet = begin, meeting
    os.environ.update(environment)


def meet() -> None:
    """Wait, in one of the processes, until all have arrived. Raises RuntimeError if one does not."""
    try:
        _meet.wait(_PATIENCE)
    except BrokenBarrierError:
        raise RuntimeError("another process did not come to the start") from None


def _first_meet(work: Callable[[Any], T], item: Any) -> T:
    _begin.wait(_PATIENCE)  # every process waits here, so that none takes two items
    try:
        return work(item)
    except BaseException:
        _meet.abort()  # the others need not wait for this one
        raise


def together(work: Callable[[Any], T], items: Sequence[Any], environment: dict[str, str]) -> tuple[list[T], list[str]]:
    """Do the work on each item in its own process, and return the results and the errors."""
    context = get_context("spawn")
    given = context.Barrier(len(items)), context.Barrier(len(items)), environment
    with ProcessPoolExecutor(len(items), context, _take, given) as pool:
        futures = [pool.submit(_first_meet, work, item) for item in items]
        errors = [_error_of(future) for future in futures]
    return [future.result() for future in futures if not future.exception()], [text for text in errors if text]


def _error_of(future: Future[Any]) -> str:
    error = future.exception()
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}" if error else ""
