"""Whether what is done at the end of `make reproduce` was done already, with the same files and the same code."""

from pathlib import Path

from pipeline.base.files import digest, digest_of, write_text
from pipeline.running.keys import ROOT, closure


def state_of(module: str, *files: Path) -> str:
    """Compute a digest of all that decides what is done: some files, and a module with all that it imports."""
    code = closure([ROOT / module], ROOT)
    return digest_of([*map(digest, files), *(path.read_text(encoding="utf-8") for path in code)])


class LastTime:
    """The state of the last time, kept in a file."""

    def __init__(self, kept: Path, module: str, *files: Path) -> None:
        self._kept, self._state = kept, state_of(module, *files)

    def was_the_same(self) -> bool:
        """Check whether nothing has changed since."""
        return self._kept.exists() and self._kept.read_text(encoding="utf-8") == self._state

    def is_now(self) -> None:
        """Keep the state of today."""
        write_text(self._kept, self._state)
