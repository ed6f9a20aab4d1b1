"""A question to a network and its answer, and what a family's reader does: text in, arrays out; outputs in, words out.

A reader needs only the text and its `facts`, JSON values that are kept with a served network: so it works in another
process, on another machine, without the data that the network was trained on. Texts come from anyone, so none is ever
taken for the name of a file here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.plain_files import read_bytes

if TYPE_CHECKING:  # a server needs none of them
    from pipeline.params import Params
    from pipeline.spec.run import Run

Facts = Mapping[str, Any]
LARGEST = 50_000_000  # bytes of a file that is named as INPUT


class WrongInputError(UserError):
    """An input of the wrong form. The text says what is wrong with it; an example is added by who asks."""


@dataclass(frozen=True)
class Place:
    """Where a run's data lies: the params, its family's own windows, and its originals in data/raw."""

    params: "Params"
    windows: Path
    raw: Path
    run: "Run"


@dataclass(frozen=True)
class Question:
    """An input as a network reads it.

    sequences: (rows, timesteps, features) float32, or (rows, timesteps) int32 ids; a network with state hears the rows
    one after the other, and the answer is to the last. lengths: (rows,). steps: what stands at each step of the last
    row. seen: the last row for the picture, (steps, features), nothing if the names of the steps say it all. first:
    the step at which the input begins; before it is padding that the network hears too, and the picture leaves out.
    """

    sequences: np.ndarray
    lengths: np.ndarray
    steps: list[str]
    seen: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    features: list[str] = field(default_factory=list)  # names of those seen; none: too many, or they have none
    first: int = 0


@dataclass(frozen=True)
class Answer:
    """What a network says: a class with the probability of each, or a number with its unit."""

    text: str
    probabilities: dict[str, float] = field(default_factory=dict)
    value: float | None = None
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as a server gives it."""
        more = {"probabilities": self.probabilities} if self.probabilities else {"value": self.value, "unit": self.unit}
        return {"answer": self.text, **more}


class Reader:
    """How the inputs of a family are read, and its outputs are said. Without `of_files` a text is always the input."""

    form: ClassVar[str]  # what an input is, in a few words
    of_files: ClassVar[bool] = False  # whether INPUT may name a file that holds the text

    def facts(self, place: Place, labels: list[str]) -> dict[str, Any]:
        """Collect what `read` and `answer` need, as JSON values."""
        return {"labels": labels}

    def example(self, place: Place) -> str:
        """Give an input to try. A name of a file where the inputs are files."""
        raise NotImplementedError

    def taken(self, path: Path) -> str:
        """Read a file that was named as INPUT, as the text that a server would get."""
        return read_bytes(path, LARGEST, "take a shorter one").decode(errors="replace")

    def validates(self, experiment: Any) -> bool:
        """Tell whether the rows that validate are others than those of the test part."""
        return True

    def read(self, text: str, facts: Facts) -> Question:
        """Read an input. Raises WrongInputError."""
        raise NotImplementedError

    def known(self, text: str) -> str:
        """Say what is known of an input without a network; nothing of most."""
        return ""

    def answer(self, outputs: np.ndarray, facts: Facts) -> Answer:
        """Say the outputs of one row, (outputs,): of the classes, the probable one."""
        return among(outputs, facts["labels"])


def among(logits: np.ndarray, labels: list[str]) -> Answer:
    """Choose a class by its logits, (outputs,): one output is the log odds of the second of two classes."""
    table = np.array([0.0, logits[0]]) if len(logits) == 1 else logits.astype(np.float64)
    chances = np.exp(table - table.max())
    chances = chances / chances.sum()
    return Answer(labels[int(chances.argmax())], dict(zip(labels, chances.tolist(), strict=True)))


def numbers(text: str, what: str) -> list[float]:
    """Parse the numbers of a text, separated by spaces, commas, slashes or lines. Raises WrongInputError."""
    found = []
    for word in text.replace(",", " ").replace("/", " ").split():
        try:
            found.append(float(word))
        except ValueError:
            raise WrongInputError(f"'{word[:40]}' is not {what}") from None
        if not np.isfinite(found[-1]):
            raise WrongInputError(f"'{word[:40]}' is not {what}")
    return found
