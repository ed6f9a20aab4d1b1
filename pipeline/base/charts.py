"""Charts for the page and the tracker, as plain matplotlib figures: no pyplot, no global state."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from pipeline.base.grounds import BLUE, GROUND, INK, WHITE, looks, shares, with_dark

Point = tuple[str, int, float]

_NAMES = {"loss": "training", "accuracy": "training", "val_accuracy": "validation", "test_accuracy": "test"}
_NAMES |= {"val_loss": "validation"}
_LOOKS = dict(zip(("training", "validation", "test"), looks(3), strict=True))
# The fonts that come with matplotlib have no Korean letters.
_ENGLISH = {"잘못된 패턴": "invalid", "올바른 패턴": "valid", "부정": "negative", "긍정": "positive"}
_MANY = 20  # classes: more are drawn smaller and without counts
_FULL = 0.92  # of the colour: in fuller cells white is easier to read than black, on a light ground


def learning_curve(rows: Sequence[dict[str, Any]], points: Iterable[Point], title: str) -> Figure:
    """Draw loss and accuracies by epoch: the runs as a band from the lowest to the highest, their mean as a line.

    A document's points are dots.
    rows: runs as in reports/results.json; those of numbers have no accuracy, only a loss.
    points: (metric, epoch, value) as from `judging.claims.document_points`.
    """
    panels: list[tuple[str, tuple[str, ...]]] = [("loss", ("loss", "val_loss"))]
    if any("accuracy" in row.get("history", {}) for row in rows):
        panels.append(("accuracy", ("accuracy", "val_accuracy", "test_accuracy")))
    figure = Figure(figsize=(4.5 * len(panels), 3.7), layout="constrained")
    figure.suptitle(title, fontsize=11, x=0.01, ha="left")
    known = list(points)
    for axes, (name, metrics) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for metric in metrics:
            _draw_runs(axes, rows, metric)
            _draw_points(axes, [point for point in known if point[0] == metric], metric)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss (mean of the examples)" if name == "loss" else "accuracy (share of the examples)")
        axes.grid(alpha=0.25)
        if name == "accuracy":
            axes.set_ylim(0, 1.03)  # a mark at 1 is whole
    legend_below(figure, columns=3 if len(panels) > 1 else 2)
    return figure


def legend_below(figure: Figure, columns: int = 2, size: float = 8) -> Legend | None:
    """Add one legend for all axes below them, where it covers nothing; None if nothing has a name.

    It stands on the left, where a narrow window begins to show the chart.
    """
    named: dict[str, Artist] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)
    if not named:
        return None
    return figure.legend(
        named.values(), named.keys(), loc="outside lower left", ncols=columns, fontsize=size, frameon=False
    )


def estimates(pairs: Sequence[Sequence[float | None]], title: str) -> Figure:
    """Draw a network's estimates (y) against the truth (x), with the line where both are equal."""
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    axes = figure.subplots()
    table = np.array(pairs, float)  # None becomes nan, which is not drawn
    axes.scatter(table[:, 0], table[:, 1], s=9, alpha=0.5, color=BLUE)
    ends = [np.nanmin(table[:, 0]), np.nanmax(table[:, 0])]
    axes.plot(ends, ends, color=INK, linewidth=0.8)
    axes.set_xlabel("truth (unit of the target)")
    axes.set_ylabel("estimate (unit of the target)")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    return figure


def more_curves(runs: Sequence[Mapping[str, Sequence[float | None]]], title: str) -> Figure:
    """Draw each curve that a family measures, {name: values} per run, as the mean over runs on a logarithmic axis."""
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for name, look in zip(runs[0], looks(len(runs[0])), strict=True):
        values = np.array([run[name] for run in runs], float)
        axes.plot(values.mean(axis=0), label=name, linewidth=1.5, **look)
    axes.set_yscale("log")
    axes.set_xlabel("timesteps")
    axes.set_ylabel("mean of the runs (logarithmic)")
    axes.grid(alpha=0.25)
    axes.set_title(title, fontsize=10)
    legend_below(figure)
    return figure


def series(rows: Sequence[dict[str, Any]], metric: str) -> np.ndarray:
    """Tabulate a metric's history for each run, (runs, epochs), nan where it was not measured."""
    histories = [row.get("history", {}).get(metric) or [] for row in rows]
    longest = max((len(history) for history in histories), default=0)
    table = np.full((len(histories), longest), np.nan)
    for place, history in enumerate(histories):
        table[place, : len(history)] = [np.nan if value is None else value for value in history]
    return table


def _draw_runs(axes: Axes, rows: Sequence[dict[str, Any]], metric: str) -> None:
    table = series(rows, metric)
    measured = np.isfinite(table).any(axis=0) if table.size else np.zeros(0, bool)
    if not measured.any():
        return
    epochs, table = np.flatnonzero(measured) + 1, table[:, measured]
    look = _LOOKS[_NAMES[metric]]
    low, high = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
    axes.fill_between(epochs, low, high, color=look["color"], alpha=0.2, linewidth=0, gid="band")
    mean, label = np.nanmean(table, axis=0), f"{_NAMES[metric]}, mean and range of {len(table)}"
    marker = "o" if len(epochs) == 1 else None
    axes.plot(epochs, mean, linewidth=2, marker=marker, label=label, **look)


def _draw_points(axes: Axes, points: list[Point], metric: str) -> None:
    if points:
        marker = "D" if metric == "test_accuracy" else "o"
        x, y, name = [point[1] for point in points], [point[2] for point in points], _NAMES[metric]
        look: dict[str, Any] = {"color": _LOOKS[name]["color"], "edgecolors": INK, "marker": marker}
        axes.scatter(x, y, s=26, zorder=3, label=f"{name}, document", **look)


def confusion_matrix(counts: Sequence[Sequence[int]], labels: Sequence[str], title: str) -> Figure:
    """Draw how often each true class (rows) was taken for each class (columns); colour shows the share of the row."""
    table = np.asarray(counts)
    names = [_ENGLISH.get(label, label) for label in labels]
    many = len(table) > _MANY
    side = 2.2 + (0.18 if many else 0.42) * len(table)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    norm = PowerNorm(0.6, 0, 1)  # a few mistakes can be seen too, on both grounds
    axes.imshow(share, cmap=shares(), norm=norm, interpolation="none")
    for row, column in () if many else np.ndindex(*table.shape):
        colour = WHITE if norm(share[row, column]) > _FULL else "black"
        axes.text(column, row, str(table[row, column]), ha="center", va="center", fontsize=9, color=colour)
    size = 8 if many else 10  # readable at the size that the page shows it
    axes.set_xticks(range(len(names)), names, rotation=90 if many else 45, ha="right", fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_xlabel("estimate (class)")
    axes.set_ylabel("truth (class)")
    axes.set_title(
        f"{title}\ncolour: share of the row" if many else f"{title}\nexamples; colour: share of the row", fontsize=10
    )
    return figure


def as_svg(figure: Figure) -> str:
    """Render a figure as SVG text for light and dark grounds, the same for the same figure."""
    figure.patch.set_gid(GROUND)
    for axes in figure.axes:
        axes.patch.set_facecolor("none")  # one ground is enough
    out = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "reprise"}):
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return with_dark(out.getvalue())
