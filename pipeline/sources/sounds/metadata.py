"""The rows of UrbanSound8K.csv: the class and the fold of every clip, checked before any file is touched."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.sources.csv_header import doubled, other_separator
from pipeline.sources.plain_files import MEGA, fault

CLASSES = (
    "air_conditioner",
    "car_horn",
    "children_playing",
    "dog_bark",
    "drilling",
    "engine_idling",
    "gun_shot",
    "jackhammer",
    "siren",
    "street_music",
)
COLUMNS = ("slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class")
FOLDS = range(1, 11)
BYTES = 16 * MEGA  # of the file; UrbanSound8K's has half a million
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}\.wav", re.ASCII)


@dataclass(frozen=True)
class Row:
    """One clip in the metadata; `recording` is the Freesound id of the recording it was cut from."""

    name: str
    fold: int
    class_id: int
    recording: int


def read(path: Path) -> list[Row]:
    """Read the rows of a metadata file, in order.

    Raises UserError naming the file, the line and the value: a column that is missing or named twice, another
    separator, text where a number belongs, a file name that occurs twice or is not a plain name, a fold outside 1..10,
    a class that is not one of the ten.
    """
    why = fault(path, BYTES)
    if why:
        raise UserError(f"{path} {why}; fetch it again")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            separator = other_separator(stream.readline(), COLUMNS)
            if separator:
                raise UserError(f"{path} {separator}")
            stream.seek(0)
            reader = csv.DictReader(stream, strict=True)
            _expect_columns(path, reader.fieldnames or ())
            rows = [_row(f"{path}, line {reader.line_num}", values) for values in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a CSV file in UTF-8: {error}; fetch it again") from None
    if not rows:
        raise UserError(f"{path} has no rows; fetch it again")
    _expect_unique(path, rows)
    return rows


def _expect_columns(path: Path, found: Sequence[str]) -> None:
    absent = [name for name in COLUMNS if name not in found]
    if absent:
        raise UserError(f"{path} lacks the column {', '.join(absent)}; expected {','.join(COLUMNS)}")
    double = doubled(found)
    if double:
        raise UserError(f"{path} {double}")


def _expect_unique(path: Path, rows: list[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.name in seen:
            raise UserError(f"{path}: the file name '{row.name}' is given twice; remove one of the rows")
        seen.add(row.name)


def _row(where: str, values: dict[str, str]) -> Row:
    if None in values or None in values.values():
        raise UserError(f"{where}: expected {len(COLUMNS)} values; correct the line")
    name = values["slice_file_name"]
    if not PLAIN.fullmatch(name):
        raise UserError(f"{where}: slice_file_name '{brief(name)}' is not a plain name such as 100032-3-0-0.wav")
    for column in ("start", "end"):
        _time(where, column, values[column])
    _whole(where, "salience", values["salience"], range(1, 3))
    recording = _whole(where, "fsID", values["fsID"], range(2**31))
    fold = _whole(where, "fold", values["fold"], FOLDS)
    class_id = _whole(where, "classID", values["classID"], range(len(CLASSES)))
    if values["class"] != CLASSES[class_id]:
        raise UserError(
            f"{where}: class '{brief(values['class'])}' is not that of classID {class_id}, {CLASSES[class_id]}"
        )
    return Row(name, fold, class_id, recording)


def _whole(where: str, column: str, text: str, allowed: range) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UserError(f"{where}: {column} '{brief(text)}' is not a whole number")
    if len(text) > 18 or int(text) not in allowed:
        raise UserError(f"{where}: {column} {brief(text)} is not between {allowed[0]} and {allowed[-1]}")
    return int(text)


def _time(where: str, column: str, text: str) -> None:
    try:
        usable = math.isfinite(float(text))
    except ValueError:
        usable = False
    if not usable:
        raise UserError(f"{where}: {column} '{brief(text)}' is not a number of seconds")


def brief(text: str) -> str:
    """Shorten a value for a message."""
    return text if len(text) <= 40 else f"{text[:37]}..."
