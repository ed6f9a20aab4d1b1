"""The directory of a run: everything that is not yet in MLflow, from its first checkpoint to its delivery.

`mlruns/unfinished/<run key>/` holds checkpoints while the run trains, then `artifacts/` and result.json until both are
in MLflow; then it is removed. It is the journal that makes up for a tracker which cannot be reached.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json

UNFINISHED = "unfinished"  # below mlruns


class RunDirectory:
    """The directory of one run."""

    def __init__(self, root: Path, key: str) -> None:
        self.folder = root / key
        self.artifacts = self.folder / "artifacts"
        self._result = self.folder / "result.json"

    @contextmanager
    def naming_errors(self) -> Iterator[None]:
        """Let an error that names no file, as that of a full disk does not, name this folder."""
        try:
            yield
        except OSError as error:
            error.filename = error.filename or str(self.folder)
            raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory for the body. Raises UserError if another process has it: two would write one run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.naming_errors(), (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError("another process trains it at this moment; wait for that one, then ask again") from None
            yield

    def busy(self) -> bool:
        """Return whether another process trains the run at this moment."""
        if not self.folder.exists():
            return False
        try:
            with self.held():
                return False
        except UserError:
            return True

    def result(self) -> dict[str, Any] | None:
        """Return the row of a run that is trained and not yet delivered, else None."""
        return read_json(self._result) if self._result.exists() else None

    def write_result(self, row: dict[str, Any]) -> None:
        """Write the row; whatever else belongs to the run must stand in `artifacts` before."""
        write_json(self._result, row)

    def clear(self) -> None:
        """Remove the directory of a run that is delivered."""
        shutil.rmtree(self.folder, ignore_errors=True)
