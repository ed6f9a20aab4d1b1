"""What a person says about their sounds: name, licence, citation, how long a clip is; by dataset.yaml or variables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.base.console import UserError
from pipeline.base.yaml_files import read_yaml, shown

FILE = "dataset.yaml"
NOT_STATED = "not stated"
KEYS = ("name", "licence", "citation", "longest", "folds")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
Text = Annotated[str, Field(max_length=2000)]


class About(BaseModel):
    """What is known about a data set. `longest`: seconds of a clip; longer files are cut into clips of a recording.

    `folds`: how many to make where none are given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$", max_length=60)]
    licence: Text = NOT_STATED
    citation: Text = NOT_STATED
    longest: Annotated[float, Field(ge=0.5, le=30)] = 5.0
    folds: Annotated[int, Field(ge=2, le=10)] = 5


def about(source: Path, asked: Mapping[str, str]) -> About:
    """Combine dataset.yaml beside the sounds with the variables NAME, LICENCE, ..., which win. Raises UserError."""
    folder = source if source.is_dir() else source.parent
    path = folder / FILE
    stated = read_yaml(path) if path.is_file() else {}
    if not isinstance(stated, dict):
        raise UserError(f"{path}: expected keys and values such as `name: birds`, found {shown(stated)}")
    default = _UNFIT.sub("-", (source if source.is_dir() else source.with_suffix("")).resolve().name).strip("-")
    values = {"name": default or "sounds", **stated, **_of_variables(asked)}
    if isinstance(values.get("longest"), int):
        values["longest"] = float(values["longest"])
    try:
        return About.model_validate(values)
    except ValidationError as error:
        raise UserError(_told(error, path)) from None


def _of_variables(asked: Mapping[str, str]) -> dict[str, object]:
    given: dict[str, object] = {key: asked[key.upper()] for key in KEYS if asked.get(key.upper())}
    for key, kind in (("longest", float), ("folds", int)):
        try:
            given |= {key: kind(str(given[key]))} if key in given else {}
        except ValueError:
            raise UserError(f"{key.upper()}={given[key]}: write a number, such as 5") from None
    return given


def _told(error: ValidationError, path: Path) -> str:
    fault = error.errors()[0]
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"{path}: '{key}' is no key of it; known: {', '.join(KEYS)}"
    if fault["type"] == "string_pattern_mismatch":
        return f"NAME={shown(fault['input'])}: use letters a to z, digits, - and _ (as NAME= or in {FILE})"
    return f"{key.upper()} (or `{key}` in {path}): {fault['msg'].lower()}, found {shown(fault['input'])}"
