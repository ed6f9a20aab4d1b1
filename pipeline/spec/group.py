"""The base of every typed group of params.yaml, and the types of its values."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Protocol = Literal["as_written", "corrected"]


class Group(BaseModel):
    """Frozen; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def changed(self, *names: str) -> list[str]:
        """Return those of the fields, in this order, that differ from their default."""
        fields = type(self).model_fields
        return [name for name in names if getattr(self, name) != fields[name].get_default(call_default_factory=True)]


class Rule(NamedTuple):
    """One thing that options must not do together.

    `broken` takes what the rule is about and says whether it is broken; `message` is formatted with it, under the name
    that the rule's list is documented with, and says the fault and the remedy.
    """

    key: str
    broken: Callable[..., bool]
    message: str


def first_broken(rules: tuple[Rule, ...], **about: Any) -> str | None:
    """Return `key: message` of the first broken rule, or None."""
    for rule in rules:
        if rule.broken(*about.values()):
            return f"{rule.key}: {rule.message.format(**about)}"
    return None
