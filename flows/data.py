"""The data of a machine: made by DVC on the machine that makes them, pulled from the DVC remote everywhere else.

Only one DVC can run in a checkout. DVC does not wait for another, so these tasks retry.
"""

import subprocess
import sys
from typing import Any

from prefect import task

from pipeline.base.console import UserError, say
from pipeline.base.layout import WINDOWS
from pipeline.commands.dvc_status import is_busy
from pipeline.params import Params
from pipeline.running.plan import plan


class Busy(UserError):
    """Another DVC is running in this checkout."""


def dvc(*words: str) -> None:
    """Run DVC and print its messages. Raises Busy, or UserError with its exit status."""
    process = subprocess.Popen([sys.executable, "-m", "dvc", *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line.rstrip())
        say(line.rstrip())
    if process.wait() == 0:
        return
    if is_busy("\n".join(said)):
        raise Busy("another DVC is running in this checkout")
    raise UserError(f"dvc {' '.join(words)} ended with status {process.returncode}; its message is above")


def _if_busy(task: Any, run: Any, state: Any) -> bool:
    return isinstance(state.result(raise_on_failure=False), Busy)


@task(name="data", retries=120, retry_delay_seconds=5, retry_condition_fn=_if_busy)
def bring_data() -> None:
    """Bring the windows up to date with DVC, on the machine that makes them."""
    dvc("repro", "windows")


@task(name="windows", retries=120, retry_delay_seconds=5, retry_condition_fn=_if_busy)
def fetch_windows(params: Params) -> None:
    """Pull the windows that dvc.lock names, unless those here are what the params ask for."""
    try:
        plan(params, WINDOWS)
    except UserError:
        dvc("pull", "windows")
