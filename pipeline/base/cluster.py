"""Work spread over a Dask cluster: one function for many items, results in order, few items in flight.

`pipeline.base.parallel` imports this where DASK_SCHEDULER_ADDRESS is set, the variable that Dask itself reads. Workers
import it too, so it stays light.
"""

import atexit
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy  # noqa: F401  loads the BLAS whose threads are limited here
import soundfile
from threadpoolctl import threadpool_info, threadpool_limits

from pipeline.base.console import UserError

if TYPE_CHECKING:
    from distributed import Client, Future

A = TypeVar("A")
B = TypeVar("B")

_BATCH = 16  # items sent together: Dask needs 4 ms per task, and a clip itself may take 2
_AHEAD = 2  # batches in flight for each thread of the cluster: one running, one waiting
_PATIENCE = 60.0  # seconds that a host may be silent, or a cluster without workers
_NAME = "DASK_SCHEDULER_ADDRESS"
_HERE = f"or unset {_NAME} to work on this machine"


def ordered(function: Callable[[A], B], items: Iterable[A], address: str) -> Iterator[B]:
    """Yield function(item) in the order of the items, with at most 32 items in flight per thread of the cluster.

    Items of a worker that died are done again by another, so doing an item twice must do no harm. When the reader
    stops, for whatever reason, items that have not begun are dropped.
    """
    waiting: deque[tuple[list[A], Future[list[B]]]] = deque()
    blas = blas_threads()
    with connected(address) as client:
        for batch in batches(items):
            # Not pure: else an earlier result of the same items could be reused after their files have changed.
            waiting.append((batch, client.submit(attempt, function, batch, blas, pure=False)))
            if len(waiting) >= _AHEAD * threads(client):
                yield from results_of(client, address, *waiting.popleft())
        while waiting:
            yield from results_of(client, address, *waiting.popleft())


def batches(items: Iterable[A]) -> Iterator[list[A]]:
    """Yield the items in lists of _BATCH; the last one may be shorter."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


@contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Hold a client of the scheduler, and close it even if the reader stops early and nobody else does."""
    client = connect(address)
    atexit.register(client.close)  # any later it would wait for a minute and log errors
    try:
        yield client
    finally:
        client.close()
        atexit.unregister(client.close)


def connect(address: str) -> "Client":
    """Connect a client to the scheduler at an address. Raises UserError."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError(f"{_NAME}={address}: Dask is not installed; run `make clean setup`, {_HERE}") from None
    try:
        expect_a_listener(address)
        return Client(address, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise UserError(
            f"{_NAME}={address}: no Dask scheduler answers ({error});\nstart one as docs/cluster.md says, {_HERE}"
        ) from None


def expect_a_listener(address: str) -> None:
    """Raise OSError or ValueError if a client could not connect; Dask's own try takes half a minute and logs errors."""
    from distributed.comm import get_address_host_port
    from distributed.security import Security

    socket.create_connection(get_address_host_port(address), timeout=_PATIENCE).close()
    if address.startswith("tls:") and not Security().get_connection_args("client")["ssl_context"]:
        raise ValueError("Dask's configuration names no certificate for TLS")


def threads(client: "Client") -> int:
    """Count the batches that the cluster can run at this moment, at least 1: workers come and go."""
    return max(1, client.scheduler_info(n_workers=1).get("total_threads", 0))


def results_of(client: "Client", address: str, batch: list[A], future: "Future[list[B]]") -> list[B]:
    """Wait for the results of a batch, as long as the cluster has workers or gets one again soon."""
    with said_plainly(address, batch):
        while True:
            try:
                return future.result(timeout=_PATIENCE)
            except TimeoutError:
                if not client.scheduler_info(n_workers=1).get("n_workers", 0):
                    raise deserted(address) from None


def deserted(address: str) -> UserError:
    """Make the error for a scheduler without workers."""
    return UserError(f"{_NAME}={address}: the scheduler has no worker;\nstart some as docs/cluster.md says, {_HERE}")


@contextmanager
def said_plainly(address: str, batch: list[Any]) -> Iterator[None]:
    """Turn failures of the cluster into a UserError; errors of the function itself pass through."""
    from distributed import KilledWorker

    try:
        yield
    except (CancelledError, OSError):  # an OSError of the function is already a UserError here
        raise UserError(
            f"{_NAME}={address}: the connection to the scheduler was lost;\n"
            f"check that it is running and start again, {_HERE}"
        ) from None
    except KilledWorker as error:
        raise UserError(
            f"{error.allowed_failures + 1} workers of the Dask cluster died while processing {batch[0]} to {batch[-1]} "
            "(out of memory?);\ntheir logs may say why"
        ) from None
    except (ImportError, RuntimeError) as error:
        # The scheduler unpacks and repacks the work, and wraps errors about imports that it lacks.
        missing = error.__cause__ if isinstance(error, RuntimeError) else error
        if not isinstance(missing, ImportError):
            raise
        raise UserError(
            f"{_NAME}={address}: the scheduler or a worker cannot import what it needs ({missing});\n"
            "start each one from a checkout of this commit after `make setup` (docs/cluster.md)"
        ) from None


def blas_threads() -> int:
    """Count the BLAS threads of this process: the last bits of a matrix product depend on them."""
    return max((library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"), default=1)


@lru_cache(maxsize=1)
def set_blas_threads(number: int) -> None:
    """Set the number of BLAS threads from now on; Dask gives its workers one."""
    threadpool_limits(number, user_api="blas")


def attempt(function: Callable[[A], B], batch: list[A], blas: int) -> list[B]:
    """Do a batch on a worker."""
    set_blas_threads(blas)
    return [attempt_one(function, item) for item in batch]


def attempt_one(function: Callable[[A], B], item: A) -> B:
    """Do one item on a worker, which may lack a file that exists on the client."""
    try:
        return function(item)
    except (OSError, soundfile.SoundFileError) as error:
        raise UserError(
            f"{item}: a Dask worker on {socket.gethostname()} cannot read it in {Path.cwd()} ({reason(item, error)});\n"
            "copy the data there (docs/cluster.md) and start again"
        ) from None


def reason(item: Any, error: Exception) -> str:
    """Explain why a file cannot be read; for a missing one, libsndfile says only `System error`."""
    try:
        Path(item).open("rb").close()
    except (OSError, TypeError) as first:
        return getattr(first, "strerror", None) or str(error)
    return str(error)
