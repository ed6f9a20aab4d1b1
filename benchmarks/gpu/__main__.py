"""`python -m benchmarks.gpu`: measure on the GPU of this machine, or say that there is none."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.gpu.report import Report, error, table
from pipeline.base.console import command, say

SETTINGS = {
    "KERAS_BACKEND": "jax",
    "XLA_FLAGS": "--xla_gpu_deterministic_ops=true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # PyTorch needs some too
    "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.92",
}


def _torch(report: Report, sizes: Any) -> None:
    """Measure PyTorch where there is one."""
    if importlib.util.find_spec("torch") is None:
        report.add(skipped="there is no PyTorch here")
        return
    command = [sys.executable, "-m", "benchmarks.gpu.peer"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=max(report.left(), 1), check=False)
    for line in done.stdout.splitlines():
        report.add(**json.loads(line))
    if done.returncode:
        report.add(error=done.stderr[-300:])


def _run(report: Report, sizes: Any, chosen: list[str]) -> None:
    from benchmarks.gpu import sections

    every: dict[str, Callable[[Report, Any], None]] = {
        "exactness": sections.exactness,
        "goal": sections.goal,
        "updates": sections.updates,
        "torch": _torch,
    }
    for name in chosen or every:
        report.section = name
        if report.out_of_time():
            continue
        try:
            every[name](report, sizes)
        except Exception as problem:  # the other sections are worth having
            report.add(error=error(problem))


def measure(seconds: float, small: bool, chosen: list[str]) -> list[dict[str, Any]]:
    """Run sections in turn, and print their figures. Returns them."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import jax

    if jax.default_backend() != "gpu" and not small:
        say("bench gpu: there is no GPU here, nothing is measured; `--small` tries the program on a CPU")
        return []
    from benchmarks.gpu.sections import SMALL, Sizes

    jax.config.update("jax_default_matmul_precision", "highest")  # no TF32
    report = Report(seconds)
    report.section = "start"
    report.add(device=jax.devices()[0].device_kind, jax=jax.__version__, flags=os.environ["XLA_FLAGS"])
    _run(report, SMALL if small else Sizes(threads=os.cpu_count() or 1), chosen)
    say(table(report.figures))
    return report.figures


@command("bench gpu")
def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument(
        "sections", nargs="*", choices=[[], "exactness", "goal", "updates", "torch"], help="all if none"
    )
    parser.add_argument("--seconds", type=float, default=500, help="stop when so much time has passed")
    parser.add_argument("--small", action="store_true", help="tiny networks, the kernels interpreted, on a CPU")
    given = parser.parse_args()
    measure(given.seconds, given.small, list(given.sections))


if __name__ == "__main__":
    main()
