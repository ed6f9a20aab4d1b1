"""A page from fewer runs never takes the place of a fuller one in silence: the fullest page of a checkout is kept."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.base.console import plural
from pipeline.base.files import read_json, whole_directory, write_json
from pipeline.judging.measures import Row
from pipeline.judging.records import counted
from pipeline.report.sections import Record

PAGES = ("index.html", "runs.csv", "leaderboard.html", "families", "certificate.md", "workflow")
SIZE = "size.json"


@dataclass(frozen=True)
class Size:
    """How much a page rests on. `claims`: those that runs say something about, each once."""

    runs: int
    claims: int

    def covers(self, other: "Size") -> bool:
        """Tell whether it is at least as full in both."""
        return self.runs >= other.runs and self.claims >= other.claims

    def __str__(self) -> str:
        return f"{plural(self.runs, 'run')} and {plural(self.claims, 'claim')} held against them"


def size_of(rows: Sequence[Row], records: Sequence[Record]) -> Size:
    """Measure a result."""
    return Size(len({row.get("run_key") for row in rows}), sum(bool(record["runs"]) for record in counted(records)))


def read_size(folder: Path) -> Size | None:
    """Read how full the page in a folder is; None if there is none, or nothing that says it."""
    try:
        found: dict[str, Any] = read_json(folder / SIZE)
        return Size(int(found["runs"]), int(found["claims"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep(reports: Path, size: Size, fullest: Path) -> str:
    """Copy the page to `fullest` unless a fuller one lies there; then return a line that says so."""
    before = read_size(fullest)
    if before and not size.covers(before):
        return (
            f"this page rests on {size}; a fuller one, on {before}, stays in {fullest}/index.html "
            "(remove that folder to forget it)"
        )
    with whole_directory(fullest) as beside:
        copy_pages(reports, beside)
        write_json(beside / SIZE, asdict(size))
    return ""


def copy_pages(reports: Path, folder: Path) -> None:
    """Copy the pages, the certificate and what they lead to into a folder."""
    for name in PAGES:
        copy = shutil.copytree if (reports / name).is_dir() else shutil.copyfile
        copy(reports / name, folder / name)  # type: ignore[operator]
