"""What a flow run shows in the Prefect UI: progress, metrics, verdicts, and links to MLflow and back."""

import os
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.runtime import flow_run

from pipeline.base.redact import redact
from pipeline.perform import headline_of
from pipeline.training.rows import Row

_EVERY = 5.0  # seconds between updates


def _key(*words: str) -> str:
    """Format a key as Prefect requires: lowercase letters, numbers and dashes."""
    return "-".join(words).lower().replace("_", "-")


class Progress:
    """A progress bar in the UI, created with the first share that it receives."""

    def __init__(self, what: str) -> None:
        self._what, self._last = what, 0.0
        self._id: UUID | None = None

    def __call__(self, share: float) -> None:
        """Show the share of the work that is done."""
        percent = round(100 * share, 1)
        if self._id is None:
            made = create_progress_artifact(percent, _key("progress", self._what), self._what)
            assert isinstance(made, UUID)
            self._id = made
        elif share >= 1 or time.monotonic() - self._last > _EVERY:
            update_progress_artifact(self._id, percent)
        else:
            return
        self._last = time.monotonic()


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
    create_table_artifact(table, "verdicts", "The claims of the documents, by kind of evidence and verdict")
