"""The data of a machine: made by DVC where they belong, fetched by DVC from its remote everywhere else.

One DVC at a time works in a checkout: it does not wait for another, so the tasks here do.
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
    """Another DVC works in this checkout."""


def dvc(*words: str) -> None:
    """Run DVC to its end. Raises Busy, or UserError with its last words."""
    process = subprocess.Popen([sys.executable, "-m", "dvc", *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line.rstrip())
        say(line.rstrip())
    if process.wait() == 0:
        return
    if is_busy("\n".join(said)):
        raise Busy("another DVC works in this checkout")
    raise UserError(f"dvc {' '.join(words)} ended with status {process.returncode}; its message is above")


def _if_busy(task: Any, run: Any, state: Any) -> bool:
    return isinstance(state.result(raise_on_failure=False), Busy)


@task(name="data", retries=120, retry_delay_seconds=5, retry_condition_fn=_if_busy)
def bring_data() -> None:
    """Let DVC bring the windows up to date, on the machine that makes them."""
    dvc("repro", "windows")


@task(name="windows", retries=120, retry_delay_seconds=5, retry_condition_fn=_if_busy)
def fetch_windows(params: Params) -> None:
    """Fetch the windows that dvc.lock names, if those that are here are not what the params ask for."""
    try:
        plan(params, WINDOWS)
    except UserError:
        dvc("pull", "windows")
