"""YAML written by people: read safely, and refused in one line if it is not what such a file holds."""

from pathlib import Path
from reprlib import Repr
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from pipeline.base.console import UserError

MOST_BYTES = 4_000_000
MOST_ALIASES = 100
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 100


def read_yaml(path: Path) -> Any:
    """Read a YAML file. Raises UserError naming the file and the line, FileNotFoundError if there is none.

    Aliases within aliases are refused: a few lines of them can stand for billions of values.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"{path}: {path.stat().st_size:,} bytes are too many (at most {MOST_BYTES:,})")
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_bombs(path, text)
        return YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        key = str(error.problem).split('"')[1]
        raise UserError(f"{path}:{_line(error)} the key '{key}' is there twice; remove one") from None
    except YAMLError as error:
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise UserError(f"{path} is not YAML:{_line(error)} {problem}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, a number of thousands of digits, deep nesting
        raise UserError(f"{path} is not YAML: {type(error).__name__}: {' '.join(str(error).split())}") from None


def shown(value: Any) -> str:
    """Format a value of such a file for a message: on one line, and not the whole of a long one."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python writes no number of thousands of digits, such as 0xfff...
        return "a number of thousands of digits"


def _refuse_bombs(path: Path, text: str) -> None:
    """Raise UserError for an alias below an anchor, or for too many aliases."""
    anchored: list[bool] = []  # for each collection that is open
    count = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            anchored.append(event.anchor is not None)
        elif isinstance(event, CollectionEndEvent):
            anchored.pop()
        elif isinstance(event, AliasEvent):
            count += 1
            if any(anchored) or count > MOST_ALIASES:
                line = event.start_mark.line + 1
                raise UserError(f"{path}: line {line}: the alias *{event.anchor} goes too far; write the values out")


def _line(error: YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    return f" line {mark.line + 1}:" if mark else ""
