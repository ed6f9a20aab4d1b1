"""The runs in MLflow: a parent run per experiment, a child run per seed (and fold), found again by its run key.

The store is SQLite at mlruns/mlflow.db with the artifacts next to it, or the server of MLFLOW_TRACKING_URI. Several
processes may write to it at once, here and on other machines.
"""

import logging
import os
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mlflow import MlflowClient
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.sources import LocalArtifactDatasetSource  # type: ignore[attr-defined]  # made at import
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param
from mlflow.exceptions import MlflowException

from pipeline.base.console import UserError
from pipeline.base.files import digest, digest_of, read_json, write_json
from pipeline.base.layout import require_plain
from pipeline.base.processes import this_process
from pipeline.running.keys import code_digest
from pipeline.spec.run import Run
from pipeline.tracking import experiments, view
from pipeline.tracking.checkout import checkout_tags
from pipeline.tracking.errors import LostError
from pipeline.tracking.provenance import MACHINE, Provenance, provenance_of, this_machine
from pipeline.tracking.store import STORE_ERRORS, alone, every_run, fetch, store_uri
from pipeline.training.metrics import headline
from pipeline.training.rows import Row

Point = tuple[str, int, float]
_AT_ONCE = 1000
_FEW = 100  # keys: to ask for one takes about as long as to read ten runs
_QUIET_AND_QUICK = {  # a server that does not answer must not hold up training; what it misses is delivered later
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
RESULT, MODEL = "result.json", "model.keras"  # artifacts of a run
_DIGEST, MODEL_DIGEST = "result_sha256", "model_sha256"
_REMEDY = "`make reconcile` hands such runs back, and `make reproduce` trains them again"
PARENT, _NAME = "mlflow.parentRunId", "mlflow.runName"


@dataclass(frozen=True)
class Logged:
    """What MLflow has of a finished run; a digest is empty if it was logged without."""

    id: str
    name: str
    uri: str
    digest: str  # of result.json
    model: str  # of model.keras
    provenance: Provenance = field(default_factory=dict)

    def __str__(self) -> str:
        """Name it for people."""
        return f"the MLflow run {self.id} ({self.name})"


def _logged(run: Any) -> Logged:
    info, tags = run.info, run.data.tags
    digests = tags.get(_DIGEST, ""), tags.get(MODEL_DIGEST, "")
    return Logged(info.run_id, info.run_name, info.artifact_uri, *digests, provenance_of(info, tags))


class Tracker:
    """The tracking store of a checkout. What it begins or resumes is tagged with `tags`, its process and machine."""

    def __init__(self, root: Path, tags: Mapping[str, str] | None = None) -> None:
        root.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # it also raises the errors that it logs
        for name, value in _QUIET_AND_QUICK.items():
            os.environ.setdefault(name, value)
        self.root = root.resolve()
        require_plain(self.root)
        self.client = MlflowClient(store_uri(self.root))
        self._place = experiments.base(self.client, self.root).artifact_location
        self._experiment_ids: dict[str, str] = {}
        self._checkout = checkout_tags()
        self._tags = {**(tags or {}), "process": this_process(), MACHINE: this_machine()}

    def _experiment_id(self, run: Run) -> str:
        """Find the MLflow experiment of a run's family, once."""
        family, metric = run.experiment.family, f"test_{headline(run.experiment.loss)}"
        if family not in self._experiment_ids:
            self._experiment_ids[family] = experiments.of_family(self.client, family, metric, self._place)
        return self._experiment_ids[family]

    def _search(self, condition: str) -> list[Any]:
        return every_run(self.client, experiments.ids(self.client), condition)

    def finished(self, keys: Collection[str] | None = None) -> dict[str, Logged]:
        """Map the run key of every finished run, or of those with some keys, to what MLflow has of it.

        MLflow reads every param of what it finds, so a few keys are asked for one by one: then it does not matter how
        many other runs the store has. More come with the others.
        """
        condition = "attributes.status = 'FINISHED' and tags.kind = 'run'"
        if keys is not None and len(keys) <= _FEW:
            runs = [run for key in sorted(keys) for run in self._search(f"{condition} and tags.run_key = '{key}'")]
        else:
            runs = self._search(condition)
        return {run.data.tags["run_key"]: _logged(run) for run in runs}

    def row(self, logged: Logged) -> Row:
        """Read the row of results.json that a finished run has logged.

        Raises LostError if it is not there, or not what was logged.
        """
        with tempfile.TemporaryDirectory() as folder:
            try:
                path = self._artifact(logged, RESULT, folder)
                if logged.digest and digest(path) != logged.digest:
                    raise ValueError("another sha256")
                return {**read_json(path), "mlflow_run_id": logged.id, "provenance": logged.provenance}
            except FileNotFoundError:
                raise LostError(f"{RESULT} of {logged} is gone;\n{_REMEDY}") from None
            except ValueError:
                raise LostError(f"{RESULT} of {logged} is not what was logged;\n{_REMEDY}") from None

    def provenance(self, run_id: str) -> Provenance:
        """Read where a run comes from."""
        run = self.client.get_run(run_id)
        return provenance_of(run.info, run.data.tags)

    def check_model(self, logged: Logged) -> None:
        """Raise LostError if the model of a finished run is gone, or not what was logged."""
        if not logged.model:
            return
        with tempfile.TemporaryDirectory() as folder:
            try:
                whole = digest(self._artifact(logged, MODEL, folder)) == logged.model
            except FileNotFoundError:
                whole = False
        if not whole:
            raise LostError(f"{MODEL} of {logged} is gone or not what was logged;\n{_REMEDY}")

    def _artifact(self, logged: Logged, name: str, folder: str) -> Path:
        """Find an artifact on this disk, or download it to a folder. Raises FileNotFoundError."""
        return fetch(f"{logged.uri}/{name}", folder, self.client)

    def running(self, kind: Literal["run", "experiment"]) -> list[Any]:
        """Find the runs of seeds, or the parent runs of experiments, that are marked RUNNING."""
        return self._search(f"attributes.status = 'RUNNING' and tags.kind = '{kind}'")

    def unfinished(self, run: Run) -> str | None:
        """Find the newest unfinished run with this key, and mark the others as KILLED.

        Raises UserError if one has finished meanwhile.
        """
        left = self._search(f"tags.run_key = '{run.key}' and tags.kind = 'run'")
        left.sort(key=lambda found: found.info.start_time, reverse=True)
        if any(found.info.status == "FINISHED" for found in left):
            raise UserError("another process has trained it meanwhile; run `make reproduce` again")
        for other in left[1:]:
            if other.info.status == "RUNNING":
                self.client.set_terminated(other.info.run_id, "KILLED")
        return str(left[0].info.run_id) if left else None

    def open(self, run: Run) -> str:
        """Open the MLflow run to log to: the unfinished one if there is one, else a new one. Return its id."""
        left = self.unfinished(run)
        if left is None:
            return self.begin(run, self.parent(run))
        self.client.update_run(left, status="RUNNING")
        for name, value in self._tags.items():
            self.client.set_tag(left, name, value)
        self._describe(left, run)  # the process that began it may have died before that
        return left

    def parent(self, run: Run) -> str:
        """Find the parent run of an experiment for this recipe and data, or create it. Return its id."""
        key = digest_of([run.experiment.recipe(), run.dataset.label])
        with alone(self.root):  # its seeds may begin in several processes at once
            found = self._search(f"tags.kind = 'experiment' and tags.recipe = '{key}'")
            parent = str(found[0].info.run_id) if found else self._make_parent(run, key)
            if not (found and found[0].data.params):  # its creator may have died before that
                self._log_params(parent, run)
            return parent

    def _make_parent(self, run: Run, key: str) -> str:
        experiment = run.experiment
        tags = {**self._tags, _NAME: experiment.name, "kind": "experiment", "recipe": key}
        tags["document"] = experiment.document
        return self._create(run, {**tags, "protocol": experiment.protocol, **self._checkout})

    def is_finished(self, run_id: str) -> bool:
        """Check whether a run is marked FINISHED: only then does it have all its figures and files."""
        return bool(self.client.get_run(run_id).info.status == "FINISHED")

    def begin(self, run: Run, parent: str) -> str:
        """Create the child run of a seed with its params, tags and data set, and return its id."""
        tags = {
            PARENT: parent,
            _NAME: run.title,
            "kind": "run",
            "run_key": run.key,
            "document": run.experiment.document,
            "protocol": run.experiment.protocol,
            "data_digest": run.dataset.digest,
            "code_digest": code_digest(run.experiment.family, engine=run.engine),
            **self._checkout,
            **self._tags,
        }
        run_id = self._create(run, tags)
        self._describe(run_id, run)
        return run_id

    def _create(self, run: Run, tags: Mapping[str, str]) -> str:
        return str(self.client.create_run(self._experiment_id(run), tags=dict(tags)).info.run_id)

    def _describe(self, run_id: str, run: Run) -> None:
        """Log the params and the data set of a seed's run, unless they are there already."""
        there = self.client.get_run(run_id)
        if not there.data.params:
            self._log_params(run_id, run, {"seed": run.seed, "fold": run.fold})
        if not (there.inputs and there.inputs.dataset_inputs):
            self._log_data(run_id, run)

    def _log_params(self, run_id: str, run: Run, extra: Mapping[str, Any] | None = None) -> None:
        values = {"name": run.experiment.name, **run.experiment.params(), "data": run.dataset.label, **(extra or {})}
        self.client.log_batch(run_id, params=[Param(name, str(value)) for name, value in values.items()])

    def _log_data(self, run_id: str, run: Run) -> None:
        data = [DatasetInput(_dataset(run), [InputTag("mlflow.data.context", "training")])]
        try:
            self.client.log_inputs(run_id, data)
        except MlflowException as error:  # another process may just have logged this data set first
            if error.error_code != "BAD_REQUEST":
                raise
            self.client.log_inputs(run_id, data)

    def logged(self, run_id: str) -> set[tuple[str, int]]:
        """List (metric, step) of every point that a run has."""
        names = self.client.get_run(run_id).data.metrics
        return {(name, point.step) for name in names for point in self.client.get_metric_history(run_id, name)}

    def log(self, run_id: str, points: Sequence[Point]) -> None:
        """Log (metric, step, value) points, in batches of the size that MLflow accepts."""
        now = int(time.time() * 1000)
        metrics = [Metric(name, value, now, step) for name, step, value in points]
        for start in range(0, len(metrics), _AT_ONCE):
            self.client.log_batch(run_id, metrics=metrics[start : start + _AT_ONCE])

    def finish(self, run_id: str, row: Mapping[str, Any], folder: Path) -> None:
        """Log every file of `folder` and the row itself, and mark the run FINISHED."""
        write_json(folder / RESULT, row)
        self.client.log_artifacts(run_id, str(folder))
        model = {MODEL_DIGEST: digest(folder / MODEL)} if (folder / MODEL).exists() else {}
        tags = {
            "engine": row.get("engine", ""),
            "kernel": row.get("kernel", ""),
            **row.get("device", {}),
            _DIGEST: digest(folder / RESULT),
            **model,
        }
        for name, value in tags.items():
            self.client.set_tag(run_id, name, value)
        self.client.set_terminated(run_id, "FINISHED")

    def stop(self, run_id: str, status: str) -> None:
        """Mark a run FAILED or KILLED, if the store can still be reached."""
        try:
            self.client.set_terminated(run_id, status)
        except STORE_ERRORS:
            return

    def close_parent(self, run_id: str, figures: Mapping[str, float], folder: Path, run: Run | None = None) -> None:
        """Log the metrics and files of all seeds together, and mark the parent FINISHED.

        With one of its runs, the parent also gets their data set, and a description for people.

        A process that dies before the last of these leaves it to the next one, which must not log a figure twice.
        """
        there = self.client.get_run(run_id).data.metrics
        self.log(run_id, [(name, 0, value) for name, value in figures.items() if there.get(name) != value])
        if run:
            inputs = self.client.get_run(run_id).inputs
            if not (inputs and inputs.dataset_inputs):
                self._log_data(run_id, run)
            self.client.set_tag(run_id, "mlflow.note.content", view.description(run, figures))
        self.client.log_artifacts(run_id, str(folder))
        self.client.set_terminated(run_id, "FINISHED")


def _dataset(run: Run) -> Dataset:
    source = LocalArtifactDatasetSource(str(Path("data/windows") / run.experiment.family))
    dataset = MetaDataset(  # type: ignore[abstract]  # MLflow's documentation uses it this way
        source, name=run.dataset.label, digest=run.dataset.digest[:36]
    )
    return dataset._to_mlflow_entity()
