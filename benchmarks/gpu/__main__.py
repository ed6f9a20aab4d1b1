"""`python -m benchmarks.gpu`: measure on the GPU of this machine, or say that there is none."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

from benchmarks.gpu.report import Report, error, table
from pipeline.base.console import command, say

SECTIONS, TRAININGS = ("exactness", "goal", "updates", "torch"), ("seeds", "resume", "grid")
SETTINGS = {
    "KERAS_BACKEND": "jax",
    "XLA_FLAGS": "--xla_gpu_deterministic_ops=true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # PyTorch needs some too
    "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.92",
}


def _there(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def _apart(report: Report, module: str, needs: str, *options: str) -> None:
    """Run a module in a process of its own, and add the lines of JSON that it prints, until the time is used up."""
    if not _there(needs):
        report.add(skipped=f"there is no {needs} here")
        return
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    with TemporaryFile("w+") as said:
        command = [sys.executable, "-m", f"benchmarks.gpu.{module}", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=kept)
        timer = Timer(max(report.left(), 1), process.kill)
        timer.start()
        for line in process.stdout or ():
            if line.startswith("{"):
                report.add(**json.loads(line))
        timer.cancel()
        if process.wait() and not report.out_of_time():
            said.seek(0)
            report.add(error=said.read()[-300:])


def _trained(name: str, report: Report, sizes: Any) -> None:
    """Train experiments of params.yaml, where the libraries for that are."""
    _apart(report, "trainings", "pydantic", name, *["--small"] * sizes.small)


def _run(report: Report, sizes: Any, chosen: list[str]) -> None:
    from benchmarks.gpu import sections

    every: dict[str, Callable[[Report, Any], None]] = {
        "exactness": sections.exactness,
        "goal": sections.goal,
        "updates": sections.updates,
        "torch": lambda report, _: _apart(report, "peer", "torch"),
        **{name: partial(_trained, name) for name in TRAININGS},
    }
    for name in chosen or SECTIONS:
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
    if times := table(report.figures):
        say(times)
    return report.figures


@command("bench gpu")
def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS, *TRAININGS], help="the first four if none")
    parser.add_argument("--seconds", type=float, default=500, help="stop when so much time has passed")
    parser.add_argument("--small", action="store_true", help="tiny networks, the kernels interpreted, on a CPU")
    given = parser.parse_args()
    measure(given.seconds, given.small, list(given.sections))


if __name__ == "__main__":
    main()
