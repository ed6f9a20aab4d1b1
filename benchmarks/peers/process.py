"""The parent's side of a peer's process: start it, send it commands, read its answers, end it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.work import Work
from pipeline.base.console import UserError

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv-bench"  # for peers whose libraries the project does not use
_ELSEWHERE = ("pytorch", "jax")
_ONE_CORE = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # the size of JAX's own pool
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def _environment(name: str) -> dict[str, str]:
    """Build the environment of a peer. Ours sets its own XLA flags, which are part of what is measured."""
    kept = {key: value for key, value in os.environ.items() if key != "XLA_FLAGS"}
    flags = {} if name == "ours" else {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    return {**kept, **_ONE_CORE, **flags}


def python_of(name: str) -> str:
    """Find the Python interpreter of a peer. Raises UserError if its environment does not exist."""
    if name not in _ELSEWHERE:
        return sys.executable
    python = VENV / "bin" / "python"
    if not python.exists():
        raise UserError(f"{VENV}: the peer {name} has no environment; `make bench` makes it")
    return str(python)


class Process:
    """A running peer."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", errors: Any) -> None:
        self.name = name
        self._process = process
        self._errors = errors

    def _ask(self, **command: Any) -> dict[str, float]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        answer: dict[str, float] = json.loads(line)
        return answer

    def _ended(self) -> UserError:
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines() or ["it said nothing"]
        return UserError(f"the peer {self.name} ended with status {self._process.wait()}: {said[-1]}")

    def prepare(self, work: Work) -> None:
        """Start a work from its initial weights."""
        self._ask(work=asdict(work))

    def arrange(self, first: int, steps: int) -> None:
        """Prepare to train on `steps` batches, starting at batch `first`."""
        self._ask(first=first, steps=steps)

    def train(self) -> dict[str, float]:
        """Train on these batches. Returns `cpu` and `wall` seconds, and the mean `loss` of the steps."""
        return self._ask()


@contextmanager
def started(name: str) -> Iterator[Process]:
    """Start a peer, and end it with the block."""
    command = [python_of(name), "-m", "benchmarks.peers", name]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(name), stdin=pipe, stdout=pipe, stderr=errors, text=True
        )
        try:
            yield Process(name, process, errors)
        finally:
            process.kill()
            process.communicate()
