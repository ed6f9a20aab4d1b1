"""Would DVC make the data again, and why? The output of `dvc status` in one line; it fails while another DVC runs."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.base.layout import WINDOWS

STAGES = ("download", "originals", "spectra", "windows")
_BUSY = ("Unable to acquire lock", "is busy")
_WORDS = {"deleted": " is missing", "not in cache": " is not in DVC's cache"}
_FEW = 4
There = Callable[[str], bool]


def listed(words: Sequence[str]) -> str:
    """Join words as `a`, `a and b` or `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _texts(found: dict[str, Any]) -> Iterator[str]:
    """Yield the changes under one heading: first params, by file, then files and folders."""
    for name, state in sorted(found.items(), key=lambda item: isinstance(item[1], str)):
        yield f"{name}{_WORDS.get(state, '')}" if isinstance(state, str) else f"{name}: {', '.join(state)}"


def reasons(changes: Sequence[Any]) -> list[str]:
    """List what changed for a stage: the changes under each heading, then plain ones such as `changed command`."""
    headings = [found for one in changes if isinstance(one, dict) for found in one.values()]
    return [text for found in headings for text in _texts(found)] + [one for one in changes if isinstance(one, str)]


def stage_line(name: str, changes: Sequence[Any], there: There) -> str:
    """Say why a stage would run; missing outputs come before any other reason."""
    outs = [out for one in changes if isinstance(one, dict) for out in one.get("changed outs", {})]
    gone = [out for out in outs if not there(out)]
    if gone:
        return f"`{name}` would run ({listed(gone)} {'is' if len(gone) == 1 else 'are'} missing)"
    texts = reasons(changes)
    more = [f"{len(texts) - _FEW} more"] if len(texts) > _FEW else []
    return f"`{name}` would run again ({'; '.join(texts[:_FEW] + more)})"


def is_busy(complaint: str) -> bool:
    """Check whether DVC did nothing because another DVC is running in this checkout."""
    return any(words in complaint for words in _BUSY)


def dvc_at_work() -> bool:
    """Check whether another DVC reads or writes the data of this checkout now."""
    _, _, complaint = _ask(*STAGES)
    return is_busy(complaint)


def data_line(status: int, answer: str, complaint: str, there: There) -> str:
    """Summarise the data, from exit status, output and errors of `dvc status --json`."""
    if is_busy(complaint):
        return "not known, another DVC is running"
    try:
        changed = json.loads("" if status else answer)
    except ValueError:
        lines = complaint.splitlines() or [f"no reason given, status {status}"]
        return (
            f"`dvc status` fails: {next((line for line in lines if 'ERROR' in line), lines[0]).removeprefix('ERROR: ')}"
        )
    if not changed:
        return f"{listed(STAGES)} are up to date"
    order = sorted(changed, key=lambda name: STAGES.index(name.partition("@")[0]))  # such as originals@reviews
    said = "; ".join(stage_line(name, changed[name], there) for name in order)
    return said + ("; runs are judged by the existing windows" if there(str(WINDOWS)) else "")


def _ask(*stages: str) -> tuple[int, str, str]:
    words = [sys.executable, "-m", "dvc", "status", "--json", *stages]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def ask_dvc() -> str:
    """Ask DVC what it would do about the data, in one line."""
    return data_line(*_ask(*STAGES), lambda name: Path(name).exists())


def passes_over_train() -> bool:
    """Check whether DVC considers the data and `train` up to date; it looks at neither the store nor the libraries."""
    status, answer, _ = _ask(*STAGES, "train")
    return not status and answer.strip() == "{}"
