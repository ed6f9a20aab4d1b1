"""Where a run comes from: the commit, the data, the machine and the moment, as its MLflow run tells them."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.base.parallel import cores
from pipeline.tracking.checkout import CHANGED

MACHINE = "machine"  # the tag
Provenance = dict[str, str | None]


@cache
def this_machine() -> str:
    """Describe this machine, such as `Linux 6.1.0 x86_64, Intel Xeon, 8 cores`: no name of it, so it can be published.

    The cores are those that this process may use.
    """
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return ", ".join([system, *filter(None, [_processor(Path("/proc/cpuinfo"))]), f"{cores()} cores"])


def _processor(cpuinfo: Path) -> str:
    """Read the model of the processor; empty where the system does not tell."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((" ".join(line.partition(":")[2].split()) for line in lines if line.startswith("model name")), "")


def provenance_of(info: Any, tags: Mapping[str, str]) -> Provenance:
    """Read the provenance of an MLflow run from its info and tags; what is not known is None.

    `changed`: the files that differed from the commit. `date` is when the run began, in UTC.
    """
    commit, gpu = tags.get("git_commit"), tags.get("device", "CPU")
    machine = tags.get(MACHINE)
    return {
        "git_commit": None if commit == "unknown" else commit,
        "changed": tags.get(CHANGED),
        "data_digest": tags.get("data_digest"),
        "machine": f"{machine}, {gpu}" if machine and gpu != "CPU" else machine,
        "date": moment(info.start_time),
    }


def moment(milliseconds: int | None) -> str | None:
    """Format a time of MLflow, such as `2026-11-26T09:30:00+00:00`."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat() if milliseconds else None
