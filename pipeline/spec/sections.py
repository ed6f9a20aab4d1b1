"""The sections `run` and `sounds` of params.yaml, read separately, so that a stage reads only what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from pipeline.base.console import UserError
from pipeline.base.yaml_files import read_yaml, shown
from pipeline.spec.entries import resolve
from pipeline.spec.group import Group
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sounds import Sounds

PARAMS = Path("params.yaml")
G = TypeVar("G", bound=Group)
_LINES, _LETTERS = 2, 600  # of a message


def read_values(path: Path) -> dict[str, Any]:
    """Read a YAML file. Raises UserError."""
    try:
        values = read_yaml(path)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; run from the project's root folder") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected the keys run, sounds and experiments")
    with naming(path):
        _require_text(values)
    return values


def _require_text(values: Any, where: str = "") -> None:
    """Raise UserError for a key that is no text, such as a number, wherever it stands."""
    for key, value in values.items() if isinstance(values, dict) else ():
        if not isinstance(key, str):
            raise UserError(f"{where}{shown(key)}: a name must be text; write it in quotes")
        _require_text(value, f"{where}{key}.")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Prefix a UserError of the body with the file, and cut what no one would read to its end."""
    try:
        yield
    except UserError as error:
        lines = [line if len(line) <= _LETTERS else f"{line[:_LETTERS]} ..." for line in str(error).splitlines()]
        raise UserError(f"{path}: " + "\n".join(lines[:_LINES])) from None


def explain(error: ValidationError, prefix: str = "", kind: type[BaseModel] = Group) -> str:
    """Format the first two faults as `key: fault, found value`; `kind` knows the keys that could have been meant."""
    lines = []
    for fault in error.errors()[:2]:
        key = prefix + ".".join(str(part) for part in fault["loc"] if not str(part).startswith(("literal[", "list[")))
        if fault["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key; {_remedy(kind, fault['loc'])}")
        elif fault["type"] == "missing":
            lines.append(f"{key}: missing; add it")
        elif fault["type"] == "value_error":
            text = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{key}{text}" if key in ("", prefix) else f"{key}: {text}")
        elif fault["type"] == "string_pattern_mismatch":
            where = key.removesuffix(".[key]")
            lines.append(f"{where}: {fault['input']!r} is not a name; use letters a to z, digits, - and _")
        else:
            lines.append(f"{key}: {fault['msg'].lower()}, found {shown(fault['input'])}")
    return "\n".join(lines)


def _remedy(kind: type[BaseModel], place: tuple[int | str, ...]) -> str:
    """Name the known key that is most like an unknown one, which is at the end of `place`."""
    for part in place[:-1]:
        field = kind.model_fields.get(str(part))  # keys of the user and places in lists are no fields
        kind = next(_groups(field.annotation), kind) if field else kind
    near = get_close_matches(str(place[-1]), kind.model_fields, 1)
    return f"did you mean '{near[0]}'?" if near else "remove it or correct its name"


def _groups(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the groups in the type of a field, such as `View` in `dict[str, View]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _groups(inner)


def _section(kind: type[G], name: str, values: Any) -> G:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise UserError(explain(error, f"{name}.", kind)) from None


def run_options(values: dict[str, Any]) -> RunOptions:
    """Validate the section `run`. Raises UserError."""
    return _section(RunOptions, "run", values.get("run"))


def sounds_of(values: dict[str, Any]) -> Sounds:
    """Validate the section `sounds`, with every `from` of its views followed. Raises UserError."""
    sounds = values.get("sounds") or {}
    if not isinstance(sounds, dict):
        raise UserError(f"sounds: expected keys and values, found {shown(sounds)}")
    return _section(Sounds, "sounds", {**sounds, "views": resolve(sounds.get("views") or {}, "sounds.views")})


def load_run_options(path: Path = PARAMS) -> RunOptions:
    """Read the section `run` of params.yaml. Raises UserError naming the file, the key and the value."""
    values = read_values(path)
    with naming(path):
        return run_options(values)


def load_sounds(path: Path = PARAMS) -> Sounds:
    """Read the section `sounds` of params.yaml. Raises UserError naming the file, the key and the value."""
    values = read_values(path)
    with naming(path):
        return sounds_of(values)
