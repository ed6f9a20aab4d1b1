"""The findings to read first: claims that do not hold, the clearest of each document before the second of any."""

from collections.abc import Sequence
from itertools import zip_longest
from math import inf, log
from typing import Any

from pipeline.judging.records import Record, counted
from pipeline.judging.verdicts import shown
from pipeline.report.outcome import GROUP

MOST = 5
RULE = (
    "Claims that do not hold, at most five: of each document the first by verdict (refuted before not reproduced, no "
    "difference, contradicts itself, and not supported by its own figures) and, for the same verdict, by the size of "
    "the effect: how far the figure is from the middle of our interval, or the difference from none, in half widths of "
    "that interval. Then the second of each. What shares its test with another claim is left out."
)


def surprises(records: Sequence[Record]) -> list[Record]:
    """Select the findings by `RULE`."""
    found = [r for r in counted(records) if GROUP[r["verdict"]].name == "fails" and not r["same_test_as"]]
    ranked = sorted(found, key=lambda record: (_rank(record), -effect(record)))
    documents = sorted({record["document"] for record in ranked})
    rounds = zip_longest(*([r for r in ranked if r["document"] == name] for name in documents))
    return [record for one in rounds for record in one if record is not None][:MOST]


def _rank(record: Record) -> int:
    return GROUP[record["verdict"]].verdicts.index(record["verdict"])


def effect(record: Record) -> float:
    """Compute the size of an effect in half widths of our interval; 0 where nothing was measured."""
    at = positions(record)
    if at is None:
        return 0.0
    half = (at["high"] - at["low"]) / 2
    distance = abs(at["mark"] - (at["high"] + at["low"]) / 2)
    if half:
        return distance / half
    return inf if distance else 0.0


def positions(record: Record) -> dict[str, float] | None:
    """Find our interval and mean, and what they are held against: the claimed figure, or no difference.

    Ratios are on a logarithmic axis. None without an interval or a figure.
    """
    if record["kind"] == "comparison":
        ends = (record["mean_low"], record["measured"], record["mean_high"])
        factor = str(record["margin"]).startswith("a factor")
        if None in ends or (factor and min(ends) <= 0):
            return None
        low, mean, high = map(log, ends) if factor else ends
        return {"low": low, "mean": mean, "high": high, "mark": 0.0}
    values = [record[name] for name in ("low", "measured", "high", "claimed")]
    if not all(isinstance(value, int | float) for value in values):
        return None
    return dict(zip(("low", "mean", "high", "mark"), map(float, values), strict=True))


def picture(record: Record) -> dict[str, Any] | None:
    """Compute where interval, mean and mark stand on a line from 0 to 100; None where there are none."""
    at = positions(record)
    if at is None:
        return None
    first, last = min(at.values()), max(at.values())
    width = last - first or 1.0
    return {name: round(4 + 92 * (value - first) / width, 1) for name, value in at.items()}


def ours(record: Record) -> str:
    """Say what our runs gave, with its interval."""
    share = record["kind"] == "comparison" and not str(record["margin"]).startswith("a factor")
    names = ("mean_low", "measured", "mean_high") if record["kind"] == "comparison" else ("low", "measured", "high")
    low, mean, high = (f"{100 * record[name]:+.1f}" if share else shown(record[name]) for name in names)
    unit = " points" if share else " times" if record["kind"] == "comparison" else f" {record['unit']}".rstrip()
    return f"{mean}{unit} ({low} to {high})"


def theirs(record: Record) -> str:
    """Say what the interval is held against."""
    if record["kind"] == "comparison":
        return "no difference; the document says more"
    return f"the document: {record['claimed']} {record['unit']}".strip()
