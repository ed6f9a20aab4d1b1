"""Parse the texts in claims: a figure as printed, a metric, a term of a comparison."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_METRIC = re.compile(r"(?P<name>.+?)(@(?:(?P<start>\d+)\.\.)?(?P<end>\d+))?")


@dataclass(frozen=True)
class Printed:
    """A figure as printed, as the range of values that round to it. A printed range (`4~5`) is kept as it is."""

    text: str
    low: Decimal
    high: Decimal

    @classmethod
    def parse(cls, text: str, decimals: int | None = None) -> "Printed":
        """Parse `0.902`, `44` or `4~5`; with `decimals`, round to that many first. Raises ValueError."""
        try:
            ends = [Decimal(part) for part in text.split("~")]
        except InvalidOperation:
            raise ValueError(f"claimed: '{text}' is not a figure; write it as printed, like \"0.902\"") from None
        if decimals is not None:
            ends = [round(end, decimals) for end in ends]
        if len(ends) == 2:
            return cls(text, min(ends), max(ends))
        half = half_digit(ends[0])
        return cls(text, ends[0] - half, ends[0] + half)

    def scaled(self, power: int) -> "Printed":
        """Multiply both ends by a power of ten, to change the unit; the text stays as printed."""
        return Printed(self.text, self.low.scaleb(power), self.high.scaleb(power))

    def number(self) -> int | float | str:
        """Convert the figure for JSON; a range stays text."""
        if "~" in self.text:
            return self.text
        return float(self.text) if "." in self.text else int(self.text)


def half_digit(value: Decimal) -> Decimal:
    """Compute half a unit of the last printed digit of a figure."""
    return Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)


@dataclass(frozen=True)
class Metric:
    """`name` (at the end), `name@N` (after N epochs) or `name@M..N` (from epoch M + 1 to N)."""

    name: str
    start: int | None
    end: int | None


def parse_metric(text: str) -> Metric:
    """Parse a metric; a text without epochs is the name."""
    match = _METRIC.fullmatch(text)
    if match is None:
        return Metric(text, None, None)
    start, end = match["start"], match["end"]
    return Metric(match["name"], int(start) if start else None, int(end) if end else None)


@dataclass(frozen=True)
class Piece:
    """One figure of a term, added (`sign` +1) or subtracted (-1)."""

    sign: int
    experiment: str
    metric: str


@dataclass(frozen=True)
class Term:
    """Either a constant or a sum of pieces."""

    text: str
    pieces: tuple[Piece, ...]
    constant: Decimal = Decimal(0)


def parse_term(text: str) -> Term:
    """Parse `experiment metric`, `experiment metric - experiment metric` or a number. Raises ValueError."""
    try:
        return Term(text, (), Decimal(text))
    except InvalidOperation:
        pass
    pieces = []
    for place, part in enumerate(text.split(" - ")):
        words = part.split()
        if len(words) != 2:
            raise ValueError(f"'{text}' is not a term; write `experiment metric`, a difference of two, or a number")
        pieces.append(Piece(-1 if place else 1, words[0], words[1]))
    return Term(text, tuple(pieces))
