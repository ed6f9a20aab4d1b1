"""The leaderboard page: reports/leaderboard.json as the texts and positions that its template shows."""

import re
from collections.abc import Sequence
from math import floor, log10
from pathlib import Path

from pipeline.base.charts import as_svg
from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.judging.duels import Duel, sentence
from pipeline.report.cost import cost, front, measured, plainly
from pipeline.report.page import environment
from pipeline.report.ranks import critical_difference
from pipeline.report.sections import Entry, figure
from pipeline.report.svg import as_address


def read_leaderboard(path: Path) -> Entry:
    """Read reports/leaderboard.json. Raises UserError naming the file and the remedy if it is not a leaderboard."""
    try:
        found = read_json(path)
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); remove it and run `make reproduce`") from None
    if not isinstance(found, dict) or not {"boards", "across"} <= found.keys():
        raise UserError(f"{path}: expected boards and across; remove it and run `make reproduce`")
    return found


def render_leaderboard(found: Entry) -> str:
    """Render the page. `found`: the result of `judging.leaderboard.leaderboard`."""
    template = environment().get_template("leaderboard.html.j2")
    return template.render(boards=[board(one) for one in found["boards"]], across=across(found["across"]))


def board(one: Entry) -> Entry:
    """Format a board for its table."""
    ends = _ends(one["entries"])
    spelt = sorted({letter for entry in one["entries"] for letter in _apart(entry["letters"])}, key=_place)
    failed = sum(entry["failed"] for entry in one["entries"])
    drawn = cost(one)
    alone = [entry["entry"] for entry in one["entries"] if entry["rank"] is not None and not entry["letters"]]
    return {
        **one,
        "ends": _range(*ends, _decimals(ends)),
        "entries": [{**entry, **_cells(entry, ends, spelt)} for entry in one["entries"]],
        "failed": failed,
        "alone": alone,
        "plainly": plainly(one),
        "cost": as_address(as_svg(drawn)) if drawn else "",
        "front": front(measured(one["entries"]), one["better"]),
        "first_two": one["first_two"] and sentence(Duel(**one["first_two"])),
    }


def _cells(entry: Entry, ends: tuple[float, float], spelt: Sequence[str]) -> Entry:
    mine, decimals = _apart(entry["letters"]), _decimals(ends)
    return {
        "rank": figure(entry["rank"]),
        "mean": "–" if entry["mean"] is None else f"{entry['mean']:,.{decimals}f}",
        "interval": _range(entry["low"], entry["high"], decimals),
        "picture": picture(entry, ends),
        "seeds": f"{entry['seeds']} × {entry['folds']} folds" if entry["folds"] > 1 else str(entry["seeds"]),
        "parameters": "–" if entry["parameters"] is None else f"{entry['parameters']:,}",
        "cpu_seconds": "–" if entry["cpu_seconds"] is None else f"{entry['cpu_seconds']:,.1f}",
        "letters": "".join(letter if letter in mine else " " * len(letter) for letter in spelt) if mine else "–",
        "p_holm": _p(entry["p_holm"]),
        "better_than_reference": _probability(entry),
    }


def _probability(entry: Entry) -> str:
    """Format P(better than the reference) with its interval."""
    if entry["better_than_reference"] is None:
        return "–"
    return f"{entry['better_than_reference']:.2f} ({entry['better_low']:.2f} to {entry['better_high']:.2f})"


def _decimals(ends: tuple[float, float]) -> int:
    """Compute how many decimals it takes to resolve a hundredth of the range of a board's picture."""
    return max(0, 2 - floor(log10(ends[1] - ends[0]))) if ends[1] > ends[0] else 3


def _range(low: float | None, high: float | None, decimals: int) -> str:
    return "–" if low is None or high is None else f"{low:,.{decimals}f} to {high:,.{decimals}f}"


def _p(p: float | None) -> str:
    return "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _apart(letters: str) -> list[str]:
    """Split letters one by one; after `Z` each has a number."""
    return re.findall(r"[A-Za-z]\d*", letters)


def _place(letter: str) -> tuple[int, bool, str]:
    return int(letter[1:] or 0), letter.isupper(), letter


def _ends(entries: Sequence[Entry]) -> tuple[float, float]:
    """Find the ends of a board's pictures: the range of means and intervals; baselines count only if they are alone."""
    scored = [entry for entry in entries if entry["mean"] is not None]
    learn = [entry for entry in scored if not entry["baseline"]] or scored
    values = [entry[name] for entry in learn for name in ("mean", "low", "high") if entry[name] is not None]
    return (min(values), max(values)) if values else (0.0, 1.0)


def picture(entry: Entry, ends: tuple[float, float]) -> Entry | None:
    """Compute the positions of dot and bar, from 0 to 100 across the board's picture; None without a mean.

    `aside`: `left` or `right` if the entry lies outside and an arrow is shown in its place; else empty.
    """
    if entry["mean"] is None:
        return None
    width = ends[1] - ends[0] or 1.0
    low, dot, high = (
        100 * ((entry["mean"] if entry[name] is None else entry[name]) - ends[0]) / width
        for name in ("low", "mean", "high")
    )
    aside = "left" if dot < 0 else "right" if dot > 100 else ""
    return {"low": round(max(low, 0), 1), "dot": round(dot, 1), "high": round(min(high, 100), 1), "aside": aside}


def across(found: Entry | None) -> Entry | None:
    """Format the ranks of the entries that are on all boards, with the picture; None if there are none."""
    if found is None:
        return None
    entries = found["entries"]
    drawn = critical_difference(
        [entry["entry"] for entry in entries],
        [entry["average_rank"] for entry in entries],
        found["critical_difference"],
        found["cliques"],
    )
    return {
        **found,
        "image": as_address(as_svg(drawn)),
        "p": "< 0.001" if found["p"] < 0.001 else f"= {found['p']:.3f}",
        "critical_difference": f"{found['critical_difference']:.2f}",
        "entries": [
            {**entry, "average_rank": f"{entry['average_rank']:.1f}", "scaled": figure(entry["interquartile_mean"])}
            for entry in entries
        ],
    }
