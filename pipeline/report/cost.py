"""Cost against quality: the entries of a board by the processor time of a run and by their mean."""

from collections.abc import Sequence
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.base.charts import legend_below
from pipeline.base.grounds import BLUE, ORANGE
from pipeline.report.sections import Entry

_BEST, _OTHER = ORANGE, BLUE
_TICKS = [digit * 10.0**power for power in range(-3, 7) for digit in (1, 2, 5)]
_LONG, _TALL = 110, 9  # points: a name beside a mark
_NAMED = 14  # entries; with more, only those on the front have their name in the picture


def front(entries: Sequence[Entry], better: str) -> list[str]:
    """Name the entries that no other one beats in both time and mean, cheapest first."""
    sign = -1 if better == "higher" else 1
    found, best = [], float("inf")
    for entry in sorted(entries, key=lambda one: (one["cpu_seconds"], sign * one["mean"])):
        if sign * entry["mean"] < best:
            best = sign * entry["mean"]
            found.append(entry["entry"])
    return found


def measured(entries: Sequence[Entry]) -> list[Entry]:
    """Select the entries that learn and whose time was measured."""
    return [one for one in entries if not one["baseline"] and one["mean"] is not None and one["cpu_seconds"]]


def cost(board: Entry) -> Figure | None:
    """Draw mean (with the interval of the mean) against CPU seconds; None for fewer than two entries."""
    entries = measured(board["entries"])
    if len(entries) < 2:
        return None
    first = front(entries, board["better"])
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.subplots()
    for entry in entries:
        on = entry["entry"] in first
        colour, mark = (_BEST, "D") if on else (_OTHER, "o")
        x = entry["cpu_seconds"]
        if entry["low"] is not None:
            axes.plot([x, x], [entry["low"], entry["high"]], color=colour, linewidth=1, alpha=0.5)
        name = "nothing is both cheaper and better" if on else "others"
        axes.plot([x], [entry["mean"]], mark, color=colour, markersize=5, label=name)
    axes.set_xscale("log")
    low, high = (end([one["cpu_seconds"] for one in entries]) for end in (min, max))
    ticks = [one for one in _TICKS if low / 1.5 <= one <= high * 1.5]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("CPU seconds of a run (logarithmic)")
    axes.set_ylabel(f"{board['metric']} (mean, 95 % interval), {board['better']} is better")
    axes.set_xlim(low / 1.6, high * 2.5)  # room for the names, which stand on the right
    axes.grid(alpha=0.25)
    legend_below(figure)
    _write_names(axes, [one for one in entries if one["entry"] in first or len(entries) <= _NAMED])
    return figure


def _write_names(axes: Axes, entries: Sequence[Entry]) -> None:
    """Write names beside their marks, from the top down, and each below the one that it would cover."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # now the axes have their place
    points = 72 / axes.figure.dpi
    taken: list[tuple[float, float]] = []
    for entry in sorted(entries, key=lambda one: (-one["mean"], one["cpu_seconds"])):
        x, y = axes.transData.transform((entry["cpu_seconds"], entry["mean"])) * points
        place = y
        for left, height in sorted(taken, key=lambda one: -one[1]):
            if abs(left - x) < _LONG and abs(height - place) < _TALL:
                place = height - _TALL
        taken.append((x, place))
        at = entry["cpu_seconds"], entry["mean"]
        axes.annotate(entry["entry"], at, (6, place - y), textcoords="offset points", va="center", fontsize=8)


def apart_but_together(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """List the pairs whose intervals do not touch although they share a letter, in the order of their ranks."""
    known = [one for one in entries if one["low"] is not None and one["letters"]]
    return [
        (one["entry"], other["entry"])
        for one, other in combinations(known, 2)
        if (one["low"] > other["high"] or other["low"] > one["high"]) and set(one["letters"]) & set(other["letters"])
    ]


def plainly(board: Entry) -> str:
    """Say in a sentence why intervals can be apart where letters are the same; empty where none are."""
    pairs = apart_but_together(board["entries"])
    if not pairs:
        return ""
    first, second = pairs[0]
    more = f" (and {len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
    return (
        f"The intervals of {first} and {second} do not touch, and yet they share a letter{more}: an interval is about "
        f"one entry alone, while the letters answer for all {board['tests']} pairs of the board at once, which takes a "
        "larger difference to be sure of each. Go by the letters to say that two differ, and by the intervals for "
        "where each may lie."
    )
