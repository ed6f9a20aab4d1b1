"""The MLflow experiments of a store: one a family, made when its first run begins.

The one named `reprise` is made first. It says where the store keeps artifacts, and holds the runs of older versions.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType
from mlflow.exceptions import MlflowException

from pipeline.base.console import UserError
from pipeline.base.redact import redact
from pipeline.tracking import view
from pipeline.tracking.moved import lead_home
from pipeline.tracking.store import store_uri

_OURS = f"name LIKE '{view.EXPERIMENT}%'"


def remote() -> bool:
    """Check whether the store is the server of MLFLOW_TRACKING_URI."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI"))


def base(client: MlflowClient, root: Path) -> Experiment:
    """Find or make `reprise`. A store that was copied or moved is led home.

    Raises UserError if an experiment of the store was deleted, or if this checkout cannot reach its artifacts.
    """
    for gone in ours(client, ViewType.DELETED_ONLY):
        raise UserError(
            f"the experiment '{gone.name}' was deleted in MLflow, with all runs;\n"
            f"`mlflow experiments restore --experiment-id {gone.experiment_id}` brings them back "
            f"(with MLFLOW_TRACKING_URI={store_uri(root)})"
        )
    found = client.get_experiment_by_name(view.EXPERIMENT)
    if found is None:  # a server has a location of its own
        return _make(client, view.EXPERIMENT, None if remote() else (root / "artifacts").as_uri())
    if remote():
        _require_reachable(root, found)
    else:
        if found.artifact_location.startswith("mlflow-artifacts:"):
            raise UserError(
                f"{root}: the artifacts of this store go through its server;\n"
                "start it with `make up`, and set MLFLOW_TRACKING_URI to its address"
            )
        lead_home(root, found.artifact_location)
    return client.get_experiment(found.experiment_id)


def _require_reachable(root: Path, found: Experiment) -> None:
    """Raise UserError if a named store keeps artifacts on a disk, unless that is this checkout's own store.

    On another machine, the files of every finished run would be missing, and new ones would go to the wrong disk.
    """
    if found.artifact_location.startswith("file:") and not _is_own(root, found):
        named = redact(os.environ["MLFLOW_TRACKING_URI"])
        raise UserError(
            f"MLFLOW_TRACKING_URI={named} keeps artifacts on the disk of its own checkout, where this one cannot add;\n"
            "start that store anew with `make up SHARED=1`, see docs/cluster.md, or unset MLFLOW_TRACKING_URI"
        )


def _is_own(root: Path, found: Experiment) -> bool:
    """Check whether an experiment is that of the store below `root`: the path may be the same on another machine."""
    if found.artifact_location != (root / "artifacts").as_uri() or not (root / "mlflow.db").exists():
        return False
    with closing(sqlite3.connect(f"{(root / 'mlflow.db').as_uri()}?mode=ro", uri=True, timeout=60)) as database:
        made = database.execute("select creation_time from experiments where name = ?", (found.name,)).fetchall()
    return made == [(found.creation_time,)]


def of_family(client: MlflowClient, family: str, metric: str, place: str) -> str:
    """Find or make the experiment of a family and return its id. `place`: where `reprise` keeps artifacts.

    It offers the view of this version, with `metric` in it; that of an older one is replaced.
    """
    name = view.name_of(family)
    found = client.get_experiment_by_name(name)
    if found is None:
        found = _make(client, name, place if place.startswith("file:") else None)
    _offer(client, found, metric)
    return str(found.experiment_id)


def offer_view(client: MlflowClient, family: str, metric: str) -> None:
    """Let the experiment of a family offer the view of this version, if there is such an experiment."""
    found = client.get_experiment_by_name(view.name_of(family))
    if found:
        _offer(client, found, metric)


def _offer(client: MlflowClient, one: Experiment, metric: str) -> None:
    state = view.state(metric)
    if one.tags.get(view.TAG) != state:
        client.set_experiment_tag(one.experiment_id, view.TAG, state)


def ours(client: MlflowClient, which: int = ViewType.ACTIVE_ONLY) -> list[Experiment]:
    """List the experiments of the store that are ours."""
    return [one for one in client.search_experiments(which, filter_string=_OURS) if view.is_ours(one.name)]


def ids(client: MlflowClient) -> list[str]:
    """List the ids of our experiments, to search their runs."""
    return [str(one.experiment_id) for one in ours(client)]


def _make(client: MlflowClient, name: str, location: str | None) -> Experiment:
    try:
        return client.get_experiment(client.create_experiment(name, artifact_location=location))
    except MlflowException as error:  # another process, here or on another machine, may just have created it
        there = error.error_code == "RESOURCE_ALREADY_EXISTS"
        found = client.get_experiment_by_name(name) if there else None
        if found is None:
            raise
        return found
