"""What a folder of one's own sounds holds: files with a label, by its sub-folders or by a table (csv).

In a folder the sub-folders are the classes, and a folder within a class holds the files of one recording. A table has
the columns path (from its own folder) and label, and if wanted fold, recording and licence.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.console import UserError, plural
from pipeline.sources.csv_header import doubled, other_separator
from pipeline.sources.plain_files import MEGA, fault, leads_out

NEEDED, WANTED = ("path", "label"), ("fold", "recording", "licence")
SOUNDS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".rf64")
CLOSED = (".m4a", ".aac", ".mp4", ".wma", ".webm", ".3gp", ".amr")  # sounds that libsndfile cannot decode
CSV_BYTES = 64 * MEGA
LAYOUT = "expected a sub-folder for each class with its sounds, or a csv with the columns path and label"


@dataclass(frozen=True)
class Listed:
    """A file that a person listed; `fold` and `licence` may be empty, `recording` is unique to the recording."""

    path: Path
    label: str
    fold: str
    recording: str
    licence: str
    where: str  # for messages


def listing(source: Path) -> list[Listed]:
    """List the files of a folder or of a table, sorted as they stand. Raises UserError in one line."""
    if not source.exists():
        raise UserError(f"FOLDER={source} does not exist; write the folder of your sounds, or a csv that lists them")
    if source.is_file():
        return read_table(source)
    table = table_in(source)
    found = read_table(table) if table else list(_in_folders(source))
    if not found:
        raise UserError(f"FOLDER={source} has no sounds; {LAYOUT}")
    return found


def table_in(folder: Path) -> Path | None:
    """Find the one csv of a folder that lists sounds; without sub-folders of sounds, any csv is taken for it."""
    tables = sorted(path for path in folder.glob("*.csv") if not path.name.startswith("."))
    fitting = [path for path in tables if set(NEEDED) <= set(_header(path))]
    if len(fitting) > 1:
        raise UserError(f"FOLDER={folder} has {len(fitting)} tables; write FOLDER={fitting[0]} or another of them")
    if fitting:
        return fitting[0]
    return None if any(_in_folders(folder)) else next(iter(tables), None)


def _header(path: Path) -> Sequence[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _in_folders(folder: Path) -> Iterable[Listed]:
    for label in sorted(path for path in folder.iterdir() if path.is_dir() and not _hidden(path)):
        for path in sorted(label.rglob("*")):
            inside = path.relative_to(label)
            if path.suffix.lower() in (*SOUNDS, *CLOSED) and not any(map(_hidden, map(Path, inside.parts))):
                recording = f"{label.name}/{inside.parts[0]}"
                yield Listed(path, label.name, "", recording, "", f"{label.name}/{inside}")


def _hidden(path: Path) -> bool:
    """Whether a file manager left it."""
    return path.name.startswith((".", "__MACOSX"))


def read_table(path: Path) -> list[Listed]:
    """Read a table. Raises UserError naming the file and the line."""
    why = fault(path, CSV_BYTES)
    if why:
        raise UserError(f"{path} {why}; write a csv with the columns path and label")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            separator = other_separator(stream.readline(), NEEDED)
            stream.seek(0)
            reader = csv.DictReader(stream, strict=True)
            _expect(path, separator, list(reader.fieldnames or ()))
            rows = [_row(path, reader.line_num, values) for values in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a csv in UTF-8 ({error}); save it as one") from None
    if not rows:
        raise UserError(f"{path} lists no sounds; write a line for each: path,label")
    _expect_consistent(path, rows)
    return rows


def _expect(path: Path, separator: str | None, names: list[str]) -> None:
    if separator:
        raise UserError(f"{path} {separator}")
    absent = [name for name in NEEDED if name not in names]
    if absent:
        raise UserError(
            f"{path} lacks the column {', '.join(absent)}; name it in the first line: path,label and, if you have "
            f"them, {', '.join(WANTED)}"
        )
    double = doubled(names)
    if double:
        raise UserError(f"{path} {double}")


def _row(table: Path, line: int, values: dict[str, str | None]) -> Listed:
    where = f"{table}, line {line}"
    path, label, fold, recording, licence = ((values.get(name) or "").strip() for name in (*NEEDED, *WANTED))
    if not path or not label or None in values:
        raise UserError(f"{where}: expected a path and a label, in as many columns as the first line; correct the line")
    file = table.parent / path
    if file.exists() and leads_out(file, table.parent.resolve()):
        raise UserError(f"{where}: path '{path}' leads out of {table.parent}; copy the file there")
    return Listed(file, label, fold, recording or path, licence, path)


def _expect_consistent(table: Path, rows: list[Listed]) -> None:
    seen: set[Path] = set()
    for row in rows:
        if row.path in seen:
            raise UserError(f"{table}: path '{row.where}' is listed twice; remove one of the lines")
        seen.add(row.path)
    without = [row for row in rows if not row.fold]
    if 0 < len(without) < len(rows):
        raise UserError(
            f"{table}: {plural(len(without), 'line')} without a fold, first '{without[0].where}'; "
            "give every line one, or leave the column out"
        )
