"""The best network of each family, in MLflow's registry under the family's name, with the alias `champion`.

The best run by its validation figure, over all experiments of the family that are trained; baselines, which learn
nothing, are left out. Where nothing validates, the first seed of the first experiment in params.yaml. The test part
never decides. One that is registered as it would be now is left alone.
"""

import tempfile
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from pipeline.asking.package import content_of, described, write_package
from pipeline.asking.trained import Trained, best, trained
from pipeline.base.console import UserError, say
from pipeline.base.files import digest
from pipeline.base.seal import SEAL
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker

ALIAS = "champion"
_CONTENT = "content"
SEALED = "files_sha256"  # the tag of a version: the sha256 of the list of its files


def champion_of(tracker: Tracker, params: Params, family: str) -> Trained | None:
    """Find the best trained run of a family, or None if nothing of it is trained."""
    mine = [one for one in params.every.values() if one.family == family and not (one.baseline or one.selects)]
    found = trained(tracker, params, mine)
    return best(found) if found else None


def registry_of(tracker: Tracker) -> MlflowClient:
    """Return a client whose registry is that of the store, whatever this process uses otherwise."""
    return MlflowClient(tracker.client.tracking_uri, tracker.client.tracking_uri)


def registered(tracker: Tracker, family: str) -> Any:
    """Find the version that is a family's champion now, or None."""
    try:
        return registry_of(tracker).get_model_version_by_alias(family, ALIAS)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def register(tracker: Tracker, params: Params, one: Trained) -> bool:
    """Register a run as the champion of its family, unless it is already. Return whether there was anything to do."""
    family, content = one.run.experiment.family, content_of(one, described(params, one))
    there = registered(tracker, family)
    if there and there.tags.get(_CONTENT) == content:
        return False
    client, title = registry_of(tracker), FAMILIES[family].title
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "model"
        write_package(tracker, params, one, package)
        sealed = digest(package / SEAL)
        home = client.get_run(one.logged.id).info.experiment_id
        logged = client.create_logged_model(home, one.run.experiment.name, one.logged.id)
        client.log_model_artifacts(logged.model_id, str(package))
    client.finalize_logged_model(logged.model_id, "READY")
    _name(client, family, title)
    tags = {_CONTENT: content, "experiment": one.run.experiment.name, "run_key": one.run.key, SEALED: sealed}
    version = client.create_model_version(
        family, logged.artifact_location, one.logged.id, tags, description=_about(one), model_id=logged.model_id
    )
    client.set_registered_model_alias(family, ALIAS, version.version)
    return True


def _name(client: Any, family: str, title: str) -> None:
    try:
        client.create_registered_model(family, description=f"{title}: the best network, alias `{ALIAS}`")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _about(one: Trained) -> str:
    figure = f"validation {abs(one.figure[0]):.4g}" if one.figure else "nothing validates, so the first"
    return f"{one.run.title}, trained on {one.run.dataset.label}; {figure}"


def register_all(tracker: Tracker, params: Params) -> list[str]:
    """Register the champion of every family that has one; return their names. One that fails is said, and left out."""
    done = []
    for family in FAMILIES:
        try:
            one = champion_of(tracker, params, family)
            if one and register(tracker, params, one):
                done.append(f"{family} ({one.run.experiment.name})")
        except UserError as error:
            say(f"champions: {family}: {error}")
    return done
