"""What a flow run shows in the Prefect UI: progress, metrics, verdicts, and links to MLflow and back.

The work never ends because Prefect does not take what is only shown.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.runtime import flow_run
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.talk import TROUBLE
from pipeline.base.console import say
from pipeline.base.redact import redact
from pipeline.perform import headline_of
from pipeline.training.rows import Row

_EVERY = 5.0  # seconds between updates
_LATER = 60.0  # seconds after one that Prefect did not take: each can hold the work up until it times out


def _key(*words: str) -> str:
    """Format a key as Prefect requires: lowercase letters, numbers and dashes."""
    return "-".join(words).lower().replace("_", "-")


def _is_shown(what: str, show: Callable[[], object], quiet: bool = False) -> bool:
    """Show something, and say so unless `quiet` if Prefect does not take it.

    It is tried once, since Prefect's client would try for a minute, in which the work waits.
    """
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            show()
    except TROUBLE as error:
        if not quiet:
            say(f"show: Prefect does not take {what} ({type(error).__name__}); the work goes on")
        return False
    return True


class Progress:
    """A progress bar in the UI, created with the first share that Prefect takes."""

    def __init__(self, what: str) -> None:
        self._what, self._next, self._taken = what, 0.0, True
        self._id: UUID | None = None

    def __call__(self, share: float) -> None:
        """Show the share of the work that is done. That Prefect does not take it is said once, until it does again."""
        if share < 1 and time.monotonic() < self._next:
            return
        percent = round(100 * share, 1)
        self._taken = _is_shown(f"the progress of {self._what}", lambda: self._show(percent), quiet=not self._taken)
        self._next = time.monotonic() + (_EVERY if self._taken else _LATER)

    def _show(self, percent: float) -> None:
        if self._id is None:
            made = create_progress_artifact(percent, _key("progress", self._what), self._what)
            assert isinstance(made, UUID)
            self._id = made
        else:
            update_progress_artifact(self._id, percent)


def origin() -> dict[str, str]:
    """Build the tags that lead from an MLflow run back to its flow run."""
    found = {"flow_run": flow_run.id, "flow_run_url": flow_run.ui_url}
    return {name: value for name, value in found.items() if value}


def show_runs(experiment: str, rows: Sequence[Row]) -> None:
    """Show the headline metric of an experiment's runs, and a link to compare them in MLflow."""
    table = []
    for row in rows:
        metric, value, seconds = headline_of(row)
        fold = {} if row["fold"] is None else {"fold": row["fold"]}
        table.append({"seed": row["seed"], **fold, metric: value, "seconds": round(seconds, 1)})
    _is_shown(f"the runs of {experiment}", lambda: _show_runs(experiment, table))


def _show_runs(experiment: str, table: list[dict[str, object]]) -> None:
    create_table_artifact(table, _key("runs", experiment), f"The runs of {experiment}")
    server = redact(os.environ.get("MLFLOW_TRACKING_URI", ""))
    if server.startswith("http"):
        words = "compare in MLflow", _key("mlflow", experiment), f"Where the runs of {experiment} are compared"
        create_link_artifact(f"{server}/#/experiments", *words)


def show_verdicts(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Show how many claims of each kind of evidence have each verdict."""
    table = [
        {"evidence": kind, "verdict": verdict, "claims": count}
        for kind, verdicts in counts.items()
        for verdict, count in verdicts.items()
    ]
    about = "The claims of the documents, by kind of evidence and verdict"
    _is_shown("the verdicts", lambda: create_table_artifact(table, "verdicts", about))
