"""The directory of a run: everything that is not in MLflow yet, from the first checkpoint to delivery.

`mlruns/unfinished/<run key>/` holds checkpoints while the run trains, then `artifacts/` and result.json until both are
in MLflow, and is then removed. Nothing is lost while the tracker cannot be reached.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, say
from pipeline.base.files import digest, digest_of, read_json, write_json
from pipeline.base.locks import hold, locked
from pipeline.base.seal import digests

UNFINISHED = "unfinished"  # folder in mlruns


class RunDirectory:
    """The directory of one run."""

    def __init__(self, root: Path, key: str) -> None:
        self.folder = root / key
        self.artifacts = self.folder / "artifacts"
        self._result = self.folder / "result.json"

    @contextmanager
    def naming_errors(self) -> Iterator[None]:
        """Add this folder to an OSError that names no file, such as that of a full disk."""
        try:
            yield
        except OSError as error:
            error.filename = error.filename or str(self.folder)
            raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the directory for the body, so that no two processes train one run. Raises UserError if it is locked."""

        def blocked(_: str) -> None:
            raise UserError("another process is training this run; wait until it is done, then try again")

        with self.naming_errors(), locked(self.folder / ".lock", blocked):
            yield

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own the run, from its MLflow run to its delivery. Raises HeldError if another process owns it."""
        with self.naming_errors(), hold("another process", self.folder / ".owner", does="trains this run"):
            yield

    @property
    def trained(self) -> bool:
        """Whether the run is trained and waits for its delivery."""
        return self._result.exists()

    def result(self) -> dict[str, Any] | None:
        """Read the row of a run that is trained but not delivered yet; None if it is not trained.

        A result or a model that is not what was written is said and removed, so the run trains again.
        """
        if not self.trained:
            return None
        try:
            found = read_json(self._result)
            whole = digest_of(found["row"]) == found["sha256"] and found["artifacts"] == {
                name: digest(self.artifacts / name) for name in found["artifacts"]
            }
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            whole = False
        if whole:
            row: dict[str, Any] = found["row"]
            return row
        say(f"train: {self.folder}: what was trained is damaged; it is removed, and the run trains again")
        self.clear()
        return None

    def write_result(self, row: dict[str, Any]) -> None:
        """Write the row, which marks the run as trained: all other files must be in `artifacts` by then."""
        artifacts = digests(self.artifacts) if self.artifacts.exists() else {}
        write_json(self._result, {"row": row, "sha256": digest_of(row), "artifacts": artifacts})

    def clear(self) -> None:
        """Remove the directory, once the run is delivered."""
        shutil.rmtree(self.folder, ignore_errors=True)
