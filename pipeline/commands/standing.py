"""Where every run stands and why it would train: unfinished, never done, or not as what was trained in its place.

It only reads: it makes no store, no experiment and no folder, so that one can ask before anything was ever run.
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
    """A finished run, as MLflow keeps it; `code_digest` is empty for one that was logged without."""

    key: str
    ended: int
    params: Mapping[str, str]
    data_digest: str
    code_digest: str

    @property
    def who(self) -> Who:
        """The experiment, the seed and the fold that it was."""
        return self.params.get("name", ""), self.params.get("seed", ""), self.params.get("fold", "")


@dataclass(frozen=True)
class Standing:
    """Where one run stands; `past` is the newest finished run of the same experiment, seed and fold."""

    finished: bool = False
    trained: bool = False
    epoch: int | None = None
    run_id: str = ""
    past: Past | None = None


def who(name: str, seed: int, fold: int | None) -> Who:
    """Return an experiment, a seed and a fold as MLflow writes them."""
    return name, str(seed), str(fold)


def newest(past: Iterable[Past]) -> dict[Who, Past]:
    """Return the newest finished run of every experiment, seed and fold."""
    return {one.who: one for one in sorted(past, key=lambda one: one.ended)}


def standings(runs: Iterable[Run], past: Iterable[Past], root: Path) -> list[Standing]:
    """Return where each run stands, by the finished runs and by the directories of the others below `root`."""
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
    if directory.result():
        return Standing(trained=True)
    checkpoint = load(directory.folder)
    if checkpoint:
        return Standing(epoch=checkpoint.epoch, run_id=checkpoint.memory.get("run_id", ""))
    return Standing(past=past)


def params_changed(old: Mapping[str, str], new: Mapping[str, Any]) -> list[str]:
    """Return `name old -> new` for each value of the recipe that differs."""
    was = {name: value for name, value in old.items() if name not in _NOT_OF_THE_RECIPE}
    now = dict(new)
    pairs = {name: (was.get(name, "not set"), now.get(name, "not set")) for name in {**now, **was}}
    return [f"{name} {a} -> {b}" for name, (a, b) in pairs.items() if a != b]


def differences(run: Run, past: Past) -> str:
    """Return all that differs between a run and the one that was trained in its place."""
    label, params = past.params.get("data"), params_changed(past.params, run.experiment.params())
    said = []
    if past.data_digest != run.dataset.digest:
        said.append("data changed" if label == run.dataset.label else f"data changed ({label} -> {run.dataset.label})")
    if past.code_digest and past.code_digest != code_digest(run.experiment.family):
        said.append(CODE)
    if params:
        said.append(f"params changed: {', '.join(params)}")
    return ", ".join(said) or CODE  # what else makes another key; early runs have no digest of their code


def why(run: Run, standing: Standing) -> str:
    """Return why a run would train, or why not."""
    if standing.finished:
        return UP_TO_DATE
    if standing.trained:
        return TRAINED
    if standing.epoch is not None:
        known = f" (MLflow run {standing.run_id[:8]})" if standing.run_id else ""
        return f"unfinished at epoch {standing.epoch} of {run.experiment.epochs}{known}"
    return differences(run, standing.past) if standing.past else FIRST


def has_store(root: Path) -> bool:
    """Return whether there is anything to ask: a server that was named, or a database below `root`."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI")) or (root / "mlflow.db").exists()


def finished_before(root: Path) -> list[Past]:
    """Return every finished run. Raises UserError if the store cannot be read; where there is none, there are none."""
    if not has_store(root):
        return []
    from pipeline.tracking.store import readable_errors  # MLflow takes seconds to import

    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # what it logs as an error, it raises too
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with readable_errors(root):
        return [_past(found) for found in _search(root)]


def _search(root: Path) -> list[Any]:
    from mlflow import MlflowClient

    from pipeline.tracking.store import every_run, store_uri
    from pipeline.tracking.tracker import EXPERIMENT

    client = MlflowClient(store_uri(root.resolve()))
    experiment = client.get_experiment_by_name(EXPERIMENT)
    return every_run(client, experiment.experiment_id, _FINISHED) if experiment else []


def _past(found: Any) -> Past:
    tags, params = found.data.tags, found.data.params
    digests = tags.get("data_digest", ""), tags.get("code_digest", "")
    return Past(tags.get("run_key", ""), found.info.end_time or 0, params, *digests)
