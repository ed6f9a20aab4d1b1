"""The sections `run` and `sounds` of params.yaml, read separately, so that a stage reads only what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pipeline.base.console import UserError
from pipeline.base.yaml_files import read_yaml
from pipeline.spec.entries import resolve
from pipeline.spec.group import Group
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sounds import Sounds

PARAMS = Path("params.yaml")
G = TypeVar("G", bound=Group)


def read_values(path: Path) -> dict[str, Any]:
    """Read a YAML file. Raises UserError."""
    try:
        values = read_yaml(path)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; run from the project's root folder") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected the keys run, sounds and experiments")
    return values


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Prefix a UserError of the body with the file."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def explain(error: ValidationError, prefix: str = "") -> str:
    """Format the first two faults as `key: fault, found value`."""
    lines = []
    for fault in error.errors()[:2]:
        key = prefix + ".".join(str(part) for part in fault["loc"] if not str(part).startswith(("literal[", "list[")))
        if fault["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key; remove it or correct its name")
        elif fault["type"] == "missing":
            lines.append(f"{key}: missing; add it")
        elif fault["type"] == "value_error":
            text = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{key}{text}" if key in ("", prefix) else f"{key}: {text}")
        elif fault["type"] == "string_pattern_mismatch":
            where = key.removesuffix(".[key]")
            lines.append(f"{where}: {fault['input']!r} is not a name; use letters a to z, digits, - and _")
        else:
            lines.append(f"{key}: {fault['msg'].lower()}, found {fault['input']!r}")
    return "\n".join(lines)


def _section(kind: type[G], name: str, values: Any) -> G:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise UserError(explain(error, f"{name}.")) from None


def run_options(values: dict[str, Any]) -> RunOptions:
    """Validate the section `run`. Raises UserError."""
    return _section(RunOptions, "run", values.get("run"))


def sounds_of(values: dict[str, Any]) -> Sounds:
    """Validate the section `sounds`, with every `from` of its views followed. Raises UserError."""
    sounds = dict(values.get("sounds") or {})
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
