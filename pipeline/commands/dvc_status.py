"""Would DVC make the data again, and why: what `dvc status` answers, in one line. It fails where another DVC runs."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.base.layout import WINDOWS

STAGES = ("download", "originals", "spectra", "windows")
_BUSY = ("Unable to acquire lock", "is busy")
_WORDS = {"deleted": " is not there", "not in cache": " is not in DVC's cache"}
_FEW = 4
There = Callable[[str], bool]


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _texts(found: dict[str, Any]) -> Iterator[str]:
    """Yield what changed under one heading: params by their file, then files and folders."""
    for name, state in sorted(found.items(), key=lambda item: isinstance(item[1], str)):
        yield f"{name}{_WORDS.get(state, '')}" if isinstance(state, str) else f"{name}: {', '.join(state)}"


def reasons(changes: Sequence[Any]) -> list[str]:
    """Return what changed for a stage: under headings, or in one word such as `changed command`."""
    headings = [found for one in changes if isinstance(one, dict) for found in one.values()]
    return [text for found in headings for text in _texts(found)] + [one for one in changes if isinstance(one, str)]


def stage_line(name: str, changes: Sequence[Any], there: There) -> str:
    """Return why a stage would be made, first of all because what it makes is not there."""
    outs = [out for one in changes if isinstance(one, dict) for out in one.get("changed outs", {})]
    gone = [out for out in outs if not there(out)]
    if gone:
        return f"`{name}` would be made ({listed(gone)} {'is' if len(gone) == 1 else 'are'} not there)"
    texts = reasons(changes)
    more = [f"{len(texts) - _FEW} more"] if len(texts) > _FEW else []
    return f"`{name}` would be made again ({'; '.join(texts[:_FEW] + more)})"


def is_busy(complaint: str) -> bool:
    """Return whether DVC did nothing because another works in this checkout."""
    return any(words in complaint for words in _BUSY)


def data_line(status: int, answer: str, complaint: str, there: There) -> str:
    """Return what exit status, output and errors of `dvc status --json` say of the data."""
    if is_busy(complaint):
        return "DVC is busy, not asked"
    try:
        changed = json.loads("" if status else answer)
    except ValueError:
        lines = complaint.splitlines() or [f"no reason given, status {status}"]
        return (
            f"DVC does not say: {next((line for line in lines if 'ERROR' in line), lines[0]).removeprefix('ERROR: ')}"
        )
    if not changed:
        return f"{listed(STAGES)} are up to date"
    order = sorted(changed, key=lambda name: STAGES.index(name.partition("@")[0]))  # originals@reviews and its like
    said = "; ".join(stage_line(name, changed[name], there) for name in order)
    return said + ("; runs are judged by the windows that stand" if there(str(WINDOWS)) else "")


def _ask(*stages: str) -> tuple[int, str, str]:
    words = [sys.executable, "-m", "dvc", "status", "--json", *stages]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def ask_dvc() -> str:
    """Return what DVC would do about the data."""
    return data_line(*_ask(*STAGES), lambda name: Path(name).exists())


def passes_over_train() -> bool:
    """Return whether DVC holds the data and `train` for up to date: it knows neither the store nor the libraries."""
    status, answer, _ = _ask(*STAGES, "train")
    return not status and answer.strip() == "{}"
