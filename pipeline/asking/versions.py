"""The versions of the models in MLflow's registry: are their files what was logged? For `make verify` and `make serve`.

A model carries the sha256 of its files in `sha256.json`, and its version that of this list. One from before this was so
has its network, whose sha256 is with the run. Files that were added, such as Python's caches, do no harm.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException

from pipeline.asking.champions import SEALED, registry_of
from pipeline.base.files import digest
from pipeline.base.seal import SEAL, DamagedError, read_seal
from pipeline.experiments.registry import FAMILIES
from pipeline.tracking.errors import LostError
from pipeline.tracking.store import fetch
from pipeline.tracking.tracker import MODEL, MODEL_DIGEST, Tracker

_NETWORK = f"artifacts/{MODEL}"


def versions(tracker: Tracker) -> list[Any]:
    """List every version of the models of our families."""
    return [one for one in registry_of(tracker).search_model_versions() if one.name in FAMILIES]


def fault_of(tracker: Tracker, version: Any) -> str:
    """Name the first file of a version that is gone or not what was logged; empty if all are there."""
    with tempfile.TemporaryDirectory() as folder:
        return _examine(tracker, version, folder)[1]


def whole_files(tracker: Tracker, version: Any, folder: str) -> Path:
    """Find the files of a version on this disk, or download them to a folder, and check them before they are opened.

    Raises LostError if one is gone or not what was logged.
    """
    home, fault = _examine(tracker, version, folder)
    if fault:
        raise LostError(
            f"the model {version.name}, version {version.version}: {fault} is gone or not what was logged;\n"
            "`make verify` withdraws it, and `make reproduce` registers it again"
        )
    return home


def _examine(tracker: Tracker, version: Any, folder: str) -> tuple[Path, str]:
    """Return where the files of a version are, and the first that is gone or not what was logged."""
    home, expected = Path(folder), version.tags.get(SEALED, "")
    try:
        home = fetch(version.source, folder, tracker.client)
        listed = _listed(home, expected) if expected else _known(tracker, version)
        return home, next(_spoilt(home, listed), "")
    except (FileNotFoundError, DamagedError):
        return home, SEAL if expected else "MLmodel"


def _listed(home: Path, expected: str) -> dict[str, str]:
    """Read the list of files. Raises FileNotFoundError or DamagedError if it is not there as it was logged."""
    if digest(home / SEAL) != expected:
        raise DamagedError(f"{home / SEAL} is not what was written")
    return read_seal(home)


def _known(tracker: Tracker, version: Any) -> dict[str, str]:
    """Return what is known of the files of a version without a list; an empty digest where only their names are."""
    try:
        tags = tracker.client.get_run(version.run_id).data.tags
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":  # the run was deleted for good
            raise
        tags = {}
    return {"MLmodel": "", _NETWORK: tags.get(MODEL_DIGEST, "")}


def _spoilt(home: Path, listed: dict[str, str]) -> Iterator[str]:
    for name, expected in listed.items():
        if not (home / name).is_file() or (expected and digest(home / name) != expected):
            yield name


def withdraw_spoilt(tracker: Tracker) -> list[str]:
    """Take the versions whose files are not what was logged out of the registry, and name them."""
    found, client = [], registry_of(tracker)
    for version in versions(tracker):
        if fault := fault_of(tracker, version):
            client.delete_model_version(version.name, version.version)
            found.append(f"the model {version.name}, version {version.version}: {fault}")
    return found
