"""The directory of a run: everything that is not in MLflow yet, from the first checkpoint to delivery.

`mlruns/unfinished/<run key>/` holds checkpoints while the run trains, then `artifacts/` and result.json until both are
in MLflow, and is then removed. Nothing is lost while the tracker cannot be reached.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json

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
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.naming_errors(), (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError("another process is training this run; wait until it is done, then try again") from None
            yield

    def busy(self) -> bool:
        """Check whether another process is training the run."""
        if not self.folder.exists():
            return False
        try:
            with self.held():
                return False
        except UserError:
            return True

    def result(self) -> dict[str, Any] | None:
        """Read the row of a run that is trained but not delivered yet; None if it is not trained."""
        return read_json(self._result) if self._result.exists() else None

    def write_result(self, row: dict[str, Any]) -> None:
        """Write the row, which marks the run as trained: all other files must be in `artifacts` by then."""
        write_json(self._result, row)

    def clear(self) -> None:
        """Remove the directory, once the run is delivered."""
        shutil.rmtree(self.folder, ignore_errors=True)
