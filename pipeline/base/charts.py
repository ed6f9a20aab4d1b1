"""Charts for the page and the tracker, as plain matplotlib figures: no pyplot, no global state."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

Point = tuple[str, int, float]

_NAMES = {"loss": "loss", "accuracy": "training", "val_accuracy": "validation", "test_accuracy": "test"}
_NAMES |= {"val_loss": "validation"}
_COLOURS = {"loss": "#7a3e9d", "accuracy": "#1f6feb", "val_accuracy": "#d9730d", "test_accuracy": "#1a7f37"}
_COLOURS |= {"val_loss": "#d9730d"}
# The fonts that come with matplotlib have no Korean letters.
_ENGLISH = {"잘못된 패턴": "invalid", "올바른 패턴": "valid", "부정": "negative", "긍정": "positive"}
_MANY = 20  # classes: more are drawn smaller and without counts
_LINES = 50  # thin lines: more of them hide each other, and a thousand take seconds and megabytes


def learning_curve(rows: Sequence[dict[str, Any]], points: Iterable[Point], title: str) -> Figure:
    """Draw loss and accuracies by epoch: each run thin, their mean thick, a document's points as dots.

    Of many runs only the first are drawn; all of them count in the mean.
    rows: runs as in reports/results.json; those of numbers have no accuracy, only a loss.
    points: (metric, epoch, value) as from `judging.claims.document_points`.
    """
    panels: list[tuple[str, tuple[str, ...]]] = [("loss", ("loss", "val_loss"))]
    if any("accuracy" in row.get("history", {}) for row in rows):
        panels.append(("accuracy", ("accuracy", "val_accuracy", "test_accuracy")))
    figure = Figure(figsize=(4.5 * len(panels), 3.4), layout="constrained")
    figure.suptitle(title, fontsize=11)
    known = list(points)
    for axes, (name, metrics) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for metric in metrics:
            _draw_runs(axes, rows, metric)
            _draw_points(axes, [point for point in known if point[0] == metric], metric)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(alpha=0.25)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7, framealpha=0.8)
        if name == "accuracy":
            axes.set_ylim(0, 1)
    return figure


def estimates(pairs: Sequence[Sequence[float | None]], title: str) -> Figure:
    """Draw a network's estimates (y) against the truth (x), with the line where both are equal."""
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    axes = figure.subplots()
    table = np.array(pairs, float)  # None becomes nan, which is not drawn
    axes.scatter(table[:, 0], table[:, 1], s=9, alpha=0.5, color=_COLOURS["loss"])
    ends = [np.nanmin(table[:, 0]), np.nanmax(table[:, 0])]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.set_xlabel("truth")
    axes.set_ylabel("estimate")
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    return figure


def more_curves(runs: Sequence[Mapping[str, Sequence[float | None]]], title: str) -> Figure:
    """Draw each curve that a family measures, {name: values} per run, as the mean over runs on a logarithmic axis."""
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for name in runs[0]:
        values = np.array([run[name] for run in runs], float)
        axes.plot(values.mean(axis=0), label=name, linewidth=1.5)
    axes.set_yscale("log")
    axes.set_xlabel("timesteps")
    axes.grid(alpha=0.25)
    axes.legend(fontsize=7)
    axes.set_title(title, fontsize=10)
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
    for run in table[:_LINES]:
        axes.plot(epochs, run, color=_COLOURS[metric], linewidth=0.6, alpha=0.35)
    shown = f" ({_LINES} shown)" if len(table) > _LINES else ""
    mean, label = np.nanmean(table, axis=0), f"{_NAMES[metric]}, mean of {len(table)}{shown}"
    marker = "o" if len(epochs) == 1 else None
    axes.plot(epochs, mean, color=_COLOURS[metric], linewidth=2, marker=marker, label=label)


def _draw_points(axes: Axes, points: list[Point], metric: str) -> None:
    if points:
        marker = "D" if metric == "test_accuracy" else "o"
        x, y = [point[1] for point in points], [point[2] for point in points]
        label = f"{_NAMES[metric]}, document"
        axes.scatter(x, y, s=26, color=_COLOURS[metric], edgecolors="black", marker=marker, zorder=3, label=label)


def confusion_matrix(counts: Sequence[Sequence[int]], labels: Sequence[str], title: str) -> Figure:
    """Draw how often each true class (rows) was taken for each class (columns); colour shows the share of the row."""
    table = np.asarray(counts)
    names = [_ENGLISH.get(label, label) for label in labels]
    many = len(table) > _MANY
    side = 2.2 + (0.18 if many else 0.42) * len(table)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in [] if many else np.ndindex(*table.shape):
        colour = "white" if shares[row, column] > 0.55 else "black"
        axes.text(column, row, str(table[row, column]), ha="center", va="center", fontsize=7, color=colour)
    size = 8  # readable at the size that the page shows it
    axes.set_xticks(range(len(names)), names, rotation=90 if many else 45, ha="right", fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_xlabel("estimate")
    axes.set_ylabel("truth")
    axes.set_title(title, fontsize=10)
    return figure


def as_svg(figure: Figure) -> str:
    """Render a figure as SVG text, the same for the same figure."""
    out = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "reprise"}):
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()
