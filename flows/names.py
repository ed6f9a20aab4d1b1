"""Types of the flow parameters: the form in the UI shows the choices, and the server refuses anything else."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler

from pipeline.experiments.registry import FAMILIES
from pipeline.params import load


class _OneOf:
    """Writes names as an enum into the schema of a string, when a deployment is created."""

    def __init__(self, names: Callable[[], list[str]]) -> None:
        self._names = names

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core_schema), "enum": self._names()}


ExperimentName = Annotated[str, _OneOf(lambda: list(load().every))]
FamilyName = Annotated[str, _OneOf(lambda: list(FAMILIES))]
Seeds = Annotated[int, Field(ge=1, le=1000)]
Experiments = Literal["quick", "all"] | list[ExperimentName]
Originals = bool | list[FamilyName]
