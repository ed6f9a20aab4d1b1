"""A store with thousands of finished runs: one of each experiment goes through the tracker, the others are its copies.

MLflow takes a tenth of a second for a run and more on a slow disk. Copied rows of its tables look the same to a reader.
"""

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.base.files import digest
from pipeline.spec.run import Run
from pipeline.tracking.delivery import final_points, points_of
from pipeline.tracking.tracker import RESULT, Tracker
from pipeline.training.rows import Row

_TABLES = {"runs": "run_uuid", "params": "run_uuid", "metrics": "run_uuid", "latest_metrics": "run_uuid"}
_TABLES |= {"tags": "run_uuid", "inputs": "destination_id"}


def fill(tracker: Tracker, runs: Sequence[Run], rows: Mapping[str, Row], folder: Path) -> None:
    """Put finished runs into a store. `rows` has a row for each experiment, `folder` the files that all runs have."""
    first = {run.experiment.name: run for run in reversed(runs)}
    ids = {name: _track(tracker, run, dict(rows[name]), folder) for name, run in first.items()}
    with closing(sqlite3.connect(tracker.root / "mlflow.db")) as database, database:
        for run in runs:
            name = run.experiment.name
            if run is not first[name]:
                row = {**rows[name], "run_key": run.key, "seed": run.seed, "fold": run.fold}
                _copy(database, ids[name], run, row, folder, tracker.root / "artifacts")


def _track(tracker: Tracker, run: Run, row: Row, folder: Path) -> str:
    parent = tracker.parent(run)
    run_id = tracker.begin(run, parent)
    tracker.log(run_id, [*points_of(row["history"]), *final_points(row)])
    tracker.finish(run_id, row, folder)
    tracker.stop(parent, "FINISHED")
    return run_id


def _copy(database: sqlite3.Connection, first: str, run: Run, row: Row, folder: Path, artifacts: Path) -> None:
    run_id = uuid.uuid4().hex
    for table, column in _TABLES.items():
        _copy_rows(database, table, column, first, {column: run_id, "input_uuid": uuid.uuid4().hex})
    place = artifacts / run_id / "artifacts"
    shutil.copytree(folder, place, copy_function=os.link, ignore=shutil.ignore_patterns(RESULT))
    (place / RESULT).write_text(json.dumps(row))
    about = "update runs set name = ?, artifact_uri = ? where run_uuid = ?"
    database.execute(about, (run.title, place.as_uri(), run_id))
    tags = {"run_key": run.key, "mlflow.runName": run.title, "result_sha256": digest(place / RESULT)}
    for key, value in tags.items():
        database.execute("update tags set value = ? where run_uuid = ? and key = ?", (value, run_id, key))
    for key, value in {"seed": run.seed, "fold": run.fold}.items():
        database.execute("update params set value = ? where run_uuid = ? and key = ?", (str(value), run_id, key))


def _copy_rows(database: sqlite3.Connection, table: str, column: str, first: str, new: Mapping[str, Any]) -> None:
    """Copy the rows of a run within a table, with other values in some columns."""
    names = [name for _, name, *_ in database.execute(f"pragma table_info({table})")]
    marks = ", ".join("?" if name in new else name for name in names)
    values = [new[name] for name in names if name in new]
    database.execute(f"insert into {table} select {marks} from {table} where {column} = ?", (*values, first))  # noqa: S608
