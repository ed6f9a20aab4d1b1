"""The kinds of claims, frozen and typed: what a claims file may hold."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.judging.printed import Printed, parse_term

Size = Annotated[int, Field(gt=0)]


class Strict(BaseModel):
    """Frozen; unknown keys and silent conversions are refused, so a figure must be written in quotes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(Strict):
    """What the document trained on: which experiments, the accuracy of a guess, and the samples of each part.

    An accuracy needs `chance` and the size of the part it was counted on; errors of numbers need neither.
    """

    experiments: list[str]
    chance: Annotated[float, Field(ge=0, lt=1)] | None = None
    train_size: Size | None = None
    validation_size: Size | None = None
    test_size: Size | None = None
    epochs: Size | None = None  # that the document trained each of them; a quoted log says it by itself
    originals: str = ""  # the family whose data must be fetched, for they cannot be made

    def size(self, metric: str) -> int | None:
        """Return how many samples an accuracy was counted on; None for what is no accuracy."""
        sizes = {"test_accuracy": self.test_size, "val_accuracy": self.validation_size, "accuracy": self.train_size}
        return sizes.get(metric)


class Said(Strict):
    """What every claim has."""

    id: str
    quote: str
    translation: str
    note: str = ""


class Log(Strict):
    """A training log, quoted line by line; each of its figures is a claim."""

    kind: Literal["log"]
    id: str
    experiment: str
    after: Annotated[int, Field(ge=0)] = 0  # epochs the same network had been trained before this log
    epochs: Size
    quote: str


class Own(Strict):
    """What the document itself says elsewhere."""

    value: str
    why: str


class Number(Said):
    """One figure, `claimed` as printed."""

    kind: Literal["log", "number"]
    experiment: str
    metric: str
    claimed: str
    unit: Literal["", "%"] = ""
    decimals: Annotated[int, Field(ge=0)] | None = None  # that are meant, where a machine printed all it had
    own: Own | None = None

    @property
    def printed(self) -> Printed:
        """All values that the figure may stand for, in the unit it is printed in."""
        return Printed.parse(self.claimed, self.decimals)

    @property
    def value(self) -> Decimal:
        """The figure in the unit of its metric, with as many digits as printed: 90.00 % is 0.9000."""
        return Decimal(self.claimed).scaleb(-2 if self.unit == "%" else 0)


class Comparison(Said):
    """One chain or more, each from the largest figure to the smallest; for the terms see `parse_term`.

    A sentence that the document gives no code for has no protocol as written, and is judged by the corrected one.
    """

    kind: Literal["comparison"]
    order: Annotated[list[Annotated[list[str], Field(min_length=2)]], Field(min_length=1)]
    protocol: Literal["as_written", "corrected"] = "as_written"


class Ratio(Said):
    """How many times one figure is another; `pairs` are [numerator, denominator], `better` the good side."""

    kind: Literal["ratio"]
    claimed: str
    pairs: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(min_length=1)]
    better: Literal["higher", "lower"] = "lower"


class Fact(Said):
    """A structural fact, equal or not; `one_run`: what one trained network gave, so one of ours may show it."""

    kind: Literal["fact"]
    experiment: str
    metric: str
    claimed: str
    own: Own | None = None
    one_run: bool = False


class Open(Said):
    """A sentence that is not tested yet: why, and what would test it."""

    kind: Literal["open"]
    reason: str
    test: str


Claim = Number | Comparison | Ratio | Fact | Open
Entry = Log | Claim
KINDS: dict[str, type[Entry]] = {
    "log": Log,
    "number": Number,
    "comparison": Comparison,
    "ratio": Ratio,
    "fact": Fact,
    "open": Open,
}


class Document(Strict):
    """One source document and its claims; a claim's whole name is `document.id`."""

    document: str
    title: str
    title_en: str
    source: str
    notes: list[str] = []
    data: dict[str, Part]
    epochs: dict[str, int]  # how long each experiment was trained in all, where the document says so
    claims: list[Claim]

    def part(self, experiment: str) -> Part:
        """Return the data of an experiment."""
        return next(part for part in self.data.values() if experiment in part.experiments)


def terms_of(claim: Comparison | Ratio) -> list[str]:
    """Return the terms of all chains or pairs, in order."""
    return [term for chain in (claim.order if isinstance(claim, Comparison) else claim.pairs) for term in chain]


def experiments_of(claim: Claim) -> list[str]:
    """Return the experiments a claim is about, in the order it names them."""
    if isinstance(claim, Number | Fact):
        return [claim.experiment]
    if isinstance(claim, Open):
        return []
    return list(dict.fromkeys(piece.experiment for term in terms_of(claim) for piece in parse_term(term).pieces))
