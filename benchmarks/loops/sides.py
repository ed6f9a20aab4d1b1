"""One side of a comparison in its own process: ours with its XLA flags, or the document's Keras without them."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from pipeline.base.console import UserError
from pipeline.base.parallel import end_with_parent, interrupts_held

OURS: Mapping[str, str] = {}  # TensorFlow starts as in a worker of the pipeline
PLAIN = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}  # otherwise it sets flags that slow Keras' own loops


class Loop(Protocol):
    """One way to train."""

    def train(self, epochs: int) -> list[float]:
        """Train `epochs` epochs, from where the last call ended. Returns the mean loss of each."""


Make = Callable[[], Loop]


def _clocked(loop: Loop, epochs: int) -> dict[str, Any]:
    """Train, and return losses and seconds; CPU time is that of all threads of this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    losses = loop.train(epochs)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "losses": losses}


def _serve(pipe: Connection, make: Make, environment: Mapping[str, str]) -> None:
    """Train as many epochs as each message asks for; send the result of `_clocked`, or the error."""
    end_with_parent()
    os.environ.pop("XLA_FLAGS", None)
    os.environ.update(environment)
    try:
        loop = make()
        while True:
            pipe.send(_clocked(loop, pipe.recv()))
    except EOFError:  # the other end is closed
        return
    except Exception as error:  # whatever it is, the other end reports it
        pipe.send(f"{type(error).__name__}: {error}")


class Side:
    """The parent's handle of such a process."""

    def __init__(self, name: str, process: BaseProcess, pipe: Connection) -> None:
        self.name = name
        self._process, self._pipe = process, pipe

    def _ask(self, epochs: int) -> dict[str, Any]:
        answer: dict[str, Any] | str
        with suppress(OSError):  # if it has ended, its last message can still be read
            self._pipe.send(epochs)
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            answer = f"status {self._process.exitcode}"
        if isinstance(answer, str):
            raise UserError(f"{self.name} ended: {answer}")
        return answer

    def losses(self, epochs: int) -> list[float]:
        """Train `epochs` epochs. Returns the mean loss of each; raises UserError if the process has ended."""
        found: list[float] = self._ask(epochs)["losses"]
        return found

    def times(self, epochs: int, parts: int) -> dict[str, float]:
        """Train `epochs` epochs. Returns the CPU and wall time, ms, of one of the `parts` of an epoch."""
        took = self._ask(epochs)
        return {clock: took[clock] * 1000 / (epochs * parts) for clock in ("cpu", "wall")}


@contextmanager
def started(name: str, make: Make, environment: Mapping[str, str]) -> Iterator[Side]:
    """Start a process that trains the loop that `make` builds, and end it with the block. `make` must be picklable."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, make, environment), daemon=True)
    with interrupts_held():
        process.start()
    there.close()
    try:
        yield Side(name, process, here)
    finally:
        here.close()
        process.terminate()
        process.join()
