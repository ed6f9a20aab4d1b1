"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).resolve().parents[1]


class Cluster:
    """A scheduler and workers on 127.0.0.1, each a process of its own; leaving kills them all."""

    def __init__(self, folder: Path, workers: int, **environment: str) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[str]] = []
        self._processes: list[subprocess.Popen[str]] = []
        own = {"PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(folder)}
        self._environment = os.environ | own | environment
        # Should the tests be killed, the scheduler ends by itself, and its workers with it.
        self.scheduler = self._start("scheduler", "--port", "0", "--idle-timeout", "10 minutes")
        for _ in range(workers):
            self.add_worker()
        self.address = self._said_address()

    def _start(self, kind: str, *words: str, **environment: str) -> "subprocess.Popen[str]":
        words = (*words, "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")
        words = (*words, "--scheduler-file", str(self.folder / "scheduler.json"))
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", kind, *words],
            cwd=self.folder,
            env=self._environment | environment,
            stderr=subprocess.PIPE if kind == "scheduler" else subprocess.DEVNULL,
            text=True,
        )
        self._processes.append(process)
        return process

    def add_worker(self, **environment: str) -> "subprocess.Popen[str]":
        """Start a worker, which waits for the scheduler's file; without a nanny, so that a kill is a kill."""
        worker = self._start("worker", "--no-nanny", "--nthreads", "1", "--death-timeout", "60", **environment)
        self.workers.append(worker)
        return worker

    def _said_address(self) -> str:
        assert self.scheduler.stderr
        for line in self.scheduler.stderr:
            if "Scheduler at:" in line:
                return line.split()[-1]
        self.close()
        raise AssertionError("the scheduler ended before it listened")

    def wait_for(self, workers: int) -> None:
        """Wait until so many workers are there, so that each has its share from the beginning."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def executed(self) -> list[int]:
        """Return how many batches each worker has done."""
        with Client(self.address, set_as_default=False) as client:
            done = client.run(lambda dask_worker: dask_worker.state.executed_count)
        return [done[address] for address in sorted(done)]

    def close(self) -> None:
        """Kill and reap every process."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()
