"""What MLflow holds after many trainings, and what of it is missing, duplicated or unfinished."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from benchmarks.load.account import astray, not_all, points_astray
from pipeline.base.files import read_json
from pipeline.tracking.experiments import ids
from pipeline.tracking.store import every_run

Row = dict[str, Any]


@dataclass(frozen=True)
class Delivered:
    """A run as MLflow has it: its row, if it finished, and its loss as (step, value)."""

    name: str
    status: str
    row: Row | None
    loss: list[tuple[int, float]]


def _delivered(client: MlflowClient, run: Any) -> Delivered:
    kept = run.info.status == "FINISHED"
    row = read_json(Path(client.download_artifacts(run.info.run_id, "result.json"))) if kept else None
    loss = [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "loss")]
    return Delivered(run.info.run_name.partition(" ")[0], run.info.status, row, loss)


def _of_kind(client: MlflowClient, kind: str) -> list[Any]:
    experiments = ids(client)
    return every_run(client, experiments, f"tags.kind = '{kind}'") if experiments else []


def runs_of(address: str) -> list[Delivered]:
    """Read the runs of all seeds."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    client = MlflowClient(address)
    return [_delivered(client, run) for run in _of_kind(client, "run")]


def parents_of(address: str) -> dict[str, list[str]]:
    """Read the states of the parent runs of each experiment; there should be one each."""
    found: dict[str, list[str]] = {}
    for run in _of_kind(MlflowClient(address), "experiment"):
        found.setdefault(run.info.run_name, []).append(run.info.status)
    return found


def faults(names: Sequence[str], runs: Sequence[Delivered], parents: dict[str, list[str]]) -> list[str]:
    """Write a sentence for each run, parent or point of a loss that is missing, duplicated or unfinished."""
    found = astray("the run", names, [run.name for run in runs])
    found += astray("the parent", names, [name for name, states in parents.items() for _ in states])
    found += not_all("the run", {run.name: run.status for run in runs}, "FINISHED")
    found += not_all("the parent", {name: states[-1] for name, states in parents.items()}, "FINISHED")
    for run in runs:
        if run.row:
            found += points_astray(run.name, enumerate(run.row["history"]["loss"], 1), run.loss)
    return found
