"""The tables of clips that the stage download writes: the usable ones, and the others with the reason."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from pipeline.base.files import whole_file

CLIP_COLUMNS = ("name", "fold", "class", "class_id", "recording", "rate", "subtype", "channels", "frames", "sha256")
REJECTED_COLUMNS = ("name", "fold", "reason")


@dataclass(frozen=True)
class Clip:
    """A usable clip: a row of clips.csv. `rate` in Hz, `subtype` as soundfile names it, `recording` a Freesound id."""

    name: str
    fold: int
    class_name: str
    class_id: int
    recording: int
    rate: int
    subtype: str
    channels: int
    frames: int
    sha256: str


@dataclass(frozen=True)
class Rejected:
    """A file without a usable clip: a row of rejected.csv. `fold` is 0 for a file outside the folds."""

    name: str
    fold: int
    reason: str


def write_clips(path: Path, clips: Iterable[Clip]) -> None:
    """Write clips.csv atomically."""
    _write_table(path, CLIP_COLUMNS, map(astuple, clips))


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write rejected.csv atomically."""
    _write_table(path, REJECTED_COLUMNS, map(astuple, rejected))


def _write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple]) -> None:
    # A name on disk may be no text: its bytes are written as \udcNN then.
    with (
        whole_file(path) as beside,
        beside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
