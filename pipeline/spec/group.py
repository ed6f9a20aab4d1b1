"""The base class of every typed group in params.yaml, and the types of its values."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

MOST = 1_000_000  # no number of params.yaml means anything beyond it
Positive = Annotated[int, Field(gt=0, le=MOST)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Width = Annotated[int, Field(ge=0, le=8192)]  # of a layer: its weights must fit a machine
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0, le=MOST)]
# A name becomes part of paths, MLflow names, artifact keys of Prefect and cells of a table.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$", max_length=80)]
OptionalName = Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_-]*)?$", max_length=80)]
Protocol = Literal["as_written", "corrected"]


class Group(BaseModel):
    """A frozen model that rejects unknown keys and silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def changed(self, *names: str) -> list[str]:
        """List those of the named fields that differ from their default, in the given order."""
        fields = type(self).model_fields
        return [name for name in names if getattr(self, name) != fields[name].get_default(call_default_factory=True)]


class Rule(NamedTuple):
    """A combination of options that is not allowed.

    `broken` tells whether its arguments break the rule. `message`, the fault and the remedy, is formatted with the same
    arguments by name, such as `e` for an experiment.
    """

    key: str
    broken: Callable[..., bool]
    message: str


def first_broken(rules: tuple[Rule, ...], **about: Any) -> str | None:
    """Find the first broken rule; return it as `key: message`, or None."""
    for rule in rules:
        if rule.broken(*about.values()):
            return f"{rule.key}: {rule.message.format(**about)}"
    return None
