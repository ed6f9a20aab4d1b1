"""The critical-difference diagram: entries on a line of average ranks, with bars over those that do not differ."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.base.grounds import BLUE, INK, SOFT

_STEP = 0.24  # inches between labels
_BAR = 0.12


def critical_difference(
    names: Sequence[str], ranks: Sequence[float], difference: float, groups: Sequence[tuple[int, int]]
) -> Figure:
    """Draw average ranks as in Demšar (2006), figure 1: the best on the left, with its half of the labels.

    `names`, `ranks`: in ascending order of the ranks. `difference`: in ranks, drawn above the line. `groups`: first and
    last place of entries that it does not tell apart.
    """
    rows, bars = (len(names) + 1) // 2, len(groups) * _BAR
    low, high = 1.0, float(max(len(names), 2))
    figure = Figure(figsize=(9, 1.2 + bars + rows * _STEP), layout="constrained")
    axes = figure.subplots()
    _draw_line(axes, low, high, difference)
    for place, (first, last) in enumerate(groups):
        height = -(place + 1) * _BAR
        axes.plot([ranks[first] - 0.05, ranks[last] + 0.05], [height, height], color=BLUE, linewidth=4, gid="group")
    for place, (name, rank) in enumerate(zip(names, ranks, strict=True)):
        left = place < rows
        row = place if left else len(names) - 1 - place
        text = f"{name}  {rank:.1f}" if left else f"{rank:.1f}  {name}"
        _draw_entry(axes, text, rank, -bars - (row + 1) * _STEP, low if left else high, left)
    axes.set_ylim(-bars - (rows + 0.5) * _STEP, 0.85)
    axes.set_axis_off()
    return figure


def _draw_line(axes: Axes, low: float, high: float, difference: float) -> None:
    """Draw the numbered line of ranks, and above it the length of the critical difference."""
    axes.plot([low, high], [0, 0], color=INK, linewidth=1)
    for rank in range(int(low), int(high) + 1):
        axes.plot([rank, rank], [0, 0.06], color=INK, linewidth=1)
        axes.text(rank, 0.1, str(rank), ha="center", va="bottom", fontsize=8)
    axes.plot([low, low + difference], [0.5, 0.5], color=INK, linewidth=1.5, marker="|", gid="difference")
    axes.text(low + difference / 2, 0.56, f"critical difference {difference:.2f}", ha="center", va="bottom", fontsize=8)


def _draw_entry(axes: Axes, text: str, rank: float, height: float, edge: float, left: bool) -> None:
    """Draw a line from an entry's rank down and sideways to its label."""
    axes.plot([rank, rank, edge], [0, height, height], color=SOFT, linewidth=0.8)
    apart, side = (-4, "right") if left else (4, "left")
    axes.annotate(text, (edge, height), (apart, 0), textcoords="offset points", ha=side, va="center", fontsize=8)
