"""Work spread over the cores: one function for many items, results in order, few of them in memory.

Ctrl-C ends it at once and quietly, and no worker outlives its parent. Where DASK_SCHEDULER_ADDRESS names a Dask
cluster, work that sets no number of workers goes there.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process, resource_tracker
from typing import TypeVar

from pipeline.base.console import UserError

A = TypeVar("A")
B = TypeVar("B")


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Block SIGINT. A process started meanwhile inherits this: Ctrl-C then reaches only the parent, which ends all."""
    resource_tracker.ensure_running()  # it starts with the first process otherwise, and unblocks SIGINT
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def end_with_parent() -> None:
    """End this process when its parent ends; otherwise a worker of a killed parent would wait for ever."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _end(pool: ProcessPoolExecutor) -> None:
    """End the workers at once, whatever they are doing, and wait until they are gone."""
    with interrupts_held():
        processes = list(pool._processes.values())
        for process in processes:
            process.terminate()
        for process in processes:
            connection.wait([process.sentinel])
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # else it waits for the rest of a result
        pool.shutdown(wait=True, cancel_futures=True)


def ordered(function: Callable[[A], B], items: Iterable[A], workers: int | None = None) -> Iterator[B]:
    """Yield function(item) in the order of the items, at most four results per worker ahead of the reader.

    The function and the items go to fresh (spawned) processes, so the function's module should import little; with one
    worker the work is done in this process. Errors of the function are raised here; a worker that dies raises
    UserError. When the reader stops, for whatever reason, running work is ended, not waited for.

    Only work that sets no number of workers goes to a cluster, where an item may be done twice.
    """
    if workers is None and (address := os.environ.get("DASK_SCHEDULER_ADDRESS")):
        from pipeline.base import cluster

        yield from cluster.ordered(function, items, address)
        return
    workers = workers or cores()
    if workers == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[B]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)
    try:
        for item in items:
            with interrupts_held():
                waiting.append(pool.submit(function, item))
            if len(waiting) >= 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise UserError("a worker process was killed (out of memory?); run `make reproduce` again") from None
    finally:
        _end(pool)
