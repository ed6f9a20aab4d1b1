"""The errors in the logs of the services: those that the Prefect server gets over by itself, and the others.

Its services read before they write in one transaction, and sqlite refuses that at once where another has written in
between; they log it with a traceback and do it again a moment later. Its maintainers know (PrefectHQ/prefect 18934).
"""

import re
from collections.abc import Iterator
from pathlib import Path

_ENTRY = re.compile(r"^(?=\d\d:\d\d:\d\d\.\d{3} \| )", re.MULTILINE)
_ERROR = re.compile(r"\| (ERROR|CRITICAL) +\||^Traceback ", re.MULTILINE)
LOCKED = "database is locked"


def _entries(text: str) -> Iterator[str]:
    """Yield the entries of a log that are errors, each with its traceback."""
    for entry in _ENTRY.split(text):
        if _ERROR.search(entry):
            yield entry


def errors_of(text: str) -> tuple[int, list[str]]:
    """Return how many entries say that sqlite was locked, and the first line of every other error."""
    entries = list(_entries(text))
    others = [entry for entry in entries if LOCKED not in entry]
    return len(entries) - len(others), [_first_line(entry) for entry in others]


def _first_line(entry: str) -> str:
    found = _ERROR.search(entry)
    return entry[found.start() if found else 0 :].splitlines()[0].strip()


def errors_in(folder: Path) -> tuple[int, list[str]]:
    """Return how often sqlite was locked by all logs of a folder, and a sentence for each other error."""
    locked, faults = 0, []
    for path in sorted(folder.glob("*.log")):
        times, others = errors_of(path.read_text(encoding="utf-8", errors="replace"))
        locked += times
        faults += [f"{path.name} holds an error: {line}" for line in others]
    return locked, faults
