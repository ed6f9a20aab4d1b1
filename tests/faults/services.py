"""Services of a checkout that is to be disturbed: simulated GPUs, leases that run out soon, processes by name."""

from pathlib import Path
from typing import Any

import psutil

from benchmarks.load.services import Services

LEASE = {"PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30"}  # so one is renewed within the test


class Disturbed(Services):
    """The services of a folder whose machine is said to have some devices."""

    def __init__(self, folder: Path, devices: str) -> None:
        super().__init__(folder, CUDA_VISIBLE_DEVICES=devices, **LEASE)

    @property
    def place(self) -> dict[str, Any]:
        """The folder and environment of a command of this checkout."""
        return {"cwd": self.folder, "env": self.environment}

    def those(self, *words: str) -> list[psutil.Process]:
        """Return the processes with all of these words on their command line."""
        found = []
        for process in self.all():
            try:
                line = " ".join(process.cmdline())
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if all(word in line for word in words):
                found.append(process)
        return found
