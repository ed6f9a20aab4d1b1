"""The status of every run and why it would train: unfinished, never trained, or changed since it was trained.

Only reads: creates no store, experiment or folder, so it also works before anything has run.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.running.keys import code_digest
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.spec.run import Run
from pipeline.training.checkpoints import load

Who = tuple[str, str, str]
UP_TO_DATE, TRAINED, FIRST, CODE = (
    "up to date",
    "trained, to be delivered",
    "first run",
    "code or library versions changed",
)
_NOT_OF_THE_RECIPE = {"name", "data", "seed", "fold"}
_FINISHED = "attributes.status = 'FINISHED' and tags.kind = 'run'"


@dataclass(frozen=True)
class Past:
    """A finished run in MLflow; `code_digest` is empty if it was logged without one."""

    key: str
    ended: int
    params: Mapping[str, str]
    data_digest: str
    code_digest: str

    @property
    def who(self) -> Who:
        """The experiment, seed and fold of the run."""
        return self.params.get("name", ""), self.params.get("seed", ""), self.params.get("fold", "")


@dataclass(frozen=True)
class Standing:
    """The status of one run; `past` is the newest finished run of the same experiment, seed and fold."""

    finished: bool = False
    trained: bool = False
    epoch: int | None = None
    run_id: str = ""
    past: Past | None = None


def who(name: str, seed: int, fold: int | None) -> Who:
    """Format experiment, seed and fold as MLflow stores them."""
    return name, str(seed), str(fold)


def newest(past: Iterable[Past]) -> dict[Who, Past]:
    """Find the newest finished run of every experiment, seed and fold."""
    return {one.who: one for one in sorted(past, key=lambda one: one.ended)}


def standings(runs: Iterable[Run], past: Iterable[Past], root: Path) -> list[Standing]:
    """Find the status of each run, from the finished runs and from the run directories below `root`."""
    past = list(past)
    keys, before = {one.key for one in past}, newest(past)
    return [
        Standing(finished=True)
        if run.key in keys
        else _unfinished(root / UNFINISHED, run, before.get(who(run.experiment.name, run.seed, run.fold)))
        for run in runs
    ]


def _unfinished(unfinished: Path, run: Run, past: Past | None) -> Standing:
    directory = RunDirectory(unfinished, run.key)
    if directory.trained:
        return Standing(trained=True)
    checkpoint = load(directory.folder)
    if checkpoint:
        return Standing(epoch=checkpoint.epoch, run_id=checkpoint.memory.get("run_id", ""))
    return Standing(past=past)


def params_changed(old: Mapping[str, str], new: Mapping[str, Any]) -> list[str]:
    """List `name old -> new` for each value of the recipe that differs."""
    was = {name: value for name, value in old.items() if name not in _NOT_OF_THE_RECIPE}
    now = dict(new)
    pairs = {name: (was.get(name, "not set"), now.get(name, "not set")) for name in {**now, **was}}
    return [f"{name} {a} -> {b}" for name, (a, b) in pairs.items() if a != b]


def differences(run: Run, past: Past) -> str:
    """Describe all that differs between a run and the one trained before it."""
    label, params = past.params.get("data"), params_changed(past.params, run.experiment.params())
    said = []
    if past.data_digest != run.dataset.digest:
        said.append("data changed" if label == run.dataset.label else f"data changed ({label} -> {run.dataset.label})")
    if past.code_digest and past.code_digest != code_digest(run.experiment.family, engine=run.engine):
        said.append(CODE)
    if params:
        said.append(f"params changed: {', '.join(params)}")
    return ", ".join(said) or CODE  # nothing else can change the key; early runs have no code digest


def why(run: Run, standing: Standing) -> str:
    """Say why a run would train, or why not."""
    if standing.finished:
        return UP_TO_DATE
    if standing.trained:
        return TRAINED
    if standing.epoch is not None:
        known = f" (MLflow run {standing.run_id[:8]})" if standing.run_id else ""
        return f"unfinished at epoch {standing.epoch} of {run.experiment.epochs}{known}"
    return differences(run, standing.past) if standing.past else FIRST


def has_store(root: Path) -> bool:
    """Check whether there is a store to read: MLFLOW_TRACKING_URI, or a database below `root`."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI")) or (root / "mlflow.db").exists()


def finished_before(root: Path) -> list[Past]:
    """Read every finished run; empty without a store. Raises UserError if the store cannot be read."""
    if not has_store(root):
        return []
    from pipeline.tracking.store import readable_errors  # MLflow takes seconds to import

    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # it also raises the errors that it logs
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with readable_errors(root):
        return [_past(found) for found in _search(root)]


def _search(root: Path) -> list[Any]:
    from mlflow import MlflowClient

    from pipeline.tracking.experiments import ids
    from pipeline.tracking.store import every_run, store_uri

    client = MlflowClient(store_uri(root.resolve()))
    experiments = ids(client)
    return every_run(client, experiments, _FINISHED) if experiments else []


def _past(found: Any) -> Past:
    tags, params = found.data.tags, found.data.params
    digests = tags.get("data_digest", ""), tags.get("code_digest", "")
    return Past(tags.get("run_key", ""), found.info.end_time or 0, params, *digests)
