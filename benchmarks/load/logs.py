"""Find the errors in the logs of the services: each is a fault, whatever its consequences."""

import re
from collections.abc import Iterator
from pathlib import Path

_ENTRY = re.compile(r"^(?=\d\d:\d\d:\d\d\.\d{3} \| )", re.MULTILINE)
_ERROR = re.compile(r"\| (ERROR|CRITICAL) +\||^Traceback ", re.MULTILINE)


def errors_of(text: str) -> Iterator[str]:
    """Yield the first line of each error in a log."""
    for entry in _ENTRY.split(text):
        if found := _ERROR.search(entry):
            yield entry[found.start() :].splitlines()[0].strip()


def errors_in(folder: Path) -> list[str]:
    """Write a sentence for each error in the logs of a folder."""
    logs = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in sorted(folder.glob("*.log"))]
    return [f"{name} holds an error: {line}" for name, text in logs for line in errors_of(text)]
