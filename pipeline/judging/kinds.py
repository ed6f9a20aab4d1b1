"""The kinds of claims that a claims file may hold, as frozen, typed models."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.judging.printed import Printed, parse_term

Size = Annotated[int, Field(gt=0)]


class Strict(BaseModel):
    """Frozen; refuses unknown keys and silent conversions, so a figure must be written in quotes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(Strict):
    """The data that some experiments were trained on, and the number of samples of each of its parts.

    `data_set`: the name that runs on the document's own data have in their rows. `reading`: where the document names no
    data, how its sentences are read instead; they are then interpretations, and any data but the built-in sample will
    do. An accuracy needs `chance` and the size of the part it was measured on; errors need neither.
    """

    experiments: list[str]
    data_set: str
    reading: str = ""
    chance: Annotated[float, Field(ge=0, lt=1)] | None = None
    train_size: Size | None = None
    validation_size: Size | None = None
    test_size: Size | None = None
    same_test_part: bool = False  # whether every run of ours has the document's test part
    own_stream: Annotated[int, Field(ge=0)] | None = None  # the seed that draws the document's own random numbers
    epochs: Size | None = None  # how long the document trained each experiment; a quoted log overrides it
    originals: str = ""  # the family whose data must be fetched, since they cannot be generated

    def size(self, metric: str) -> int | None:
        """Return how many samples a share was measured on; None if the metric is not a share, or it is not known."""
        sizes = {"test_accuracy": self.test_size, "val_accuracy": self.validation_size, "accuracy": self.train_size}
        return sizes.get(metric)


class Said(Strict):
    """Fields that every claim has. `lines`: where the document says it. `reading`: how a sentence is understood, if it
    says nothing that could be measured as it stands. `repeats`: the claim of another document that it copies."""

    id: str
    quote: str
    translation: str
    lines: str = ""
    reading: str = ""
    repeats: str = ""
    note: str = ""


class Log(Strict):
    """A training log, quoted line by line; each of its figures becomes a claim. `repeats`: a log that it copies."""

    kind: Literal["log"]
    id: str
    experiment: str
    after: Annotated[int, Field(ge=0)] = 0  # epochs that the same network was trained before this log
    epochs: Size
    quote: str
    repeats: str = ""


class Number(Said):
    """One figure, `claimed` as printed."""

    kind: Literal["log", "number"]
    experiment: str
    metric: str
    claimed: str
    unit: Literal["", "%"] = ""
    decimals: Annotated[int, Field(ge=0)] | None = None  # to round to, where a program printed every digit it had

    @property
    def printed(self) -> Printed:
        """The values that the figure may stand for, in the unit of its metric: 90.00 % is 0.89995 to 0.90005."""
        return Printed.parse(self.claimed, self.decimals).scaled(-2 if self.unit == "%" else 0)

    @property
    def value(self) -> Decimal:
        """The figure in the unit of its metric, with as many digits as printed: 90.00 % is 0.9000."""
        return Decimal(self.claimed).scaleb(-2 if self.unit == "%" else 0)


Chains = Annotated[list[Annotated[list[str], Field(min_length=2)]], Field(min_length=1)]


class Other(Strict):
    """Another reading of a sentence, with the chains and the family of its test."""

    reading: str
    order: Chains
    family: str = ""


class Comparison(Said):
    """One or more chains, each from the largest figure to the smallest; for the terms see `parse_term`.

    `protocol`: corrected for a sentence that the document gives no code for. `family`: tests that answer one question
    of the document and are corrected together. `differs`: what else differs between the sides than what is compared.
    `other`: a second reading that is as good; where the two come out differently, the sentence is ambiguous.
    """

    kind: Literal["comparison"]
    order: Chains
    protocol: Literal["as_written", "corrected"] = "as_written"
    family: str = ""
    differs: str = ""
    other: Other | None = None


class Ratio(Said):
    """A ratio of two figures; `pairs` are [numerator, denominator], `better` says which side is good."""

    kind: Literal["ratio"]
    claimed: str
    pairs: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(min_length=1)]
    better: Literal["higher", "lower"] = "lower"


class Fact(Said):
    """A size, a shape or a text: equal or not. `prints`: what a program printed, and not a fact of structure.

    `one_run`: the output of one trained network, which differs from run to run.
    """

    kind: Literal["fact"]
    experiment: str
    metric: str
    claimed: str
    prints: bool = False
    one_run: bool = False


class Quoted(Strict):
    """A figure or a word of the document, and the words around it."""

    value: str
    quote: str


class Consistency(Said):
    """Does the document agree with itself? `holds` is an expression over its own `figures` (see `expressions`).

    `otherwise`: the verdict if it does not hold. `explanation`: why, or which other reading there is.
    """

    kind: Literal["consistency"]
    figures: dict[str, Quoted]
    holds: str
    otherwise: Literal["contradicts itself", "not supported by its own figures", "ambiguous"] = "contradicts itself"
    explanation: str


class Open(Said):
    """A sentence that is not tested yet: the reason, and what would test it."""

    kind: Literal["open"]
    reason: str
    test: str


Claim = Number | Comparison | Ratio | Fact | Consistency | Open
Entry = Log | Claim
KINDS: dict[str, type[Entry]] = {
    "log": Log,
    "number": Number,
    "comparison": Comparison,
    "ratio": Ratio,
    "fact": Fact,
    "consistency": Consistency,
    "open": Open,
}


class Document(Strict):
    """One source document and its claims; a claim's full name is `document.id`."""

    document: str
    title: str
    title_en: str
    source: str
    notes: list[str] = []
    data: dict[str, Part]
    epochs: dict[str, int]  # how long each experiment was trained in total, where the document says so
    claims: list[Claim]

    def part(self, experiment: str) -> Part:
        """Find the part of `data` that lists an experiment."""
        return next(part for part in self.data.values() if experiment in part.experiments)


def terms_of(claim: Comparison | Ratio) -> list[str]:
    """List the terms of all chains or pairs, in order."""
    return [term for chain in (claim.order if isinstance(claim, Comparison) else claim.pairs) for term in chain]


def experiments_of(claim: Claim) -> list[str]:
    """List the experiments that a claim is about, in the order it names them."""
    if isinstance(claim, Number | Fact):
        return [claim.experiment]
    if isinstance(claim, Open | Consistency):
        return []
    return list(dict.fromkeys(piece.experiment for term in terms_of(claim) for piece in parse_term(term).pieces))


def other_of(claim: Claim) -> Comparison | None:
    """Make a claim of the other reading of a comparison, if it has one."""
    if not isinstance(claim, Comparison) or claim.other is None:
        return None
    return claim.model_copy(update={**dict(claim.other), "other": None, "differs": ""})
