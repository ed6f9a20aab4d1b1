"""The size of the window: three networks with windows of 10 and of 100 ms, as the documents had them and as we have."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.base.charts import as_svg, legend_below
from pipeline.base.grounds import BLUE, GREEN, ORANGE
from pipeline.judging.measures import Row, counting_runs
from pipeline.judging.verdicts import shown
from pipeline.report.folds import overall
from pipeline.report.sections import Record, bounds
from pipeline.report.svg import as_address

METRIC = "test_accuracy"
WINDOWS = (10, 100)  # ms
NETWORKS = {  # of the names of the experiments: what it is, its colour and its mark
    "basic": ("ReLU RNN", BLUE, "o"),
    "lstm": ("LSTM, hidden state h", ORANGE, "s"),
    "state": ("LSTM, cell state c", GREEN, "^"),
}
PROTOCOLS = {"": ("as_written", "as written"), "_full": ("corrected", "corrected: whole band, official folds")}
COMMAND = "make reproduce ALL=1 ORIGINALS=1"

Entry = dict[str, Any]


def points(rows: Sequence[Row], records: Sequence[Record]) -> list[Entry]:
    """List what there is of each network, window and protocol: our mean and interval, and the document's figure."""
    return [
        _point(network, window, ending, rows, records)
        for ending in PROTOCOLS
        for network in NETWORKS
        for window in WINDOWS
    ]


def _point(network: str, window: int, ending: str, rows: Sequence[Row], records: Sequence[Record]) -> Entry:
    name, protocol = f"us_{network}_10_{window}{ending}", PROTOCOLS[ending][0]
    runs, data = _runs(rows, name, protocol)
    found = overall(runs, METRIC)
    return {
        "network": network,
        "window": window,
        "ending": ending,
        "name": name,
        "data": data,
        "runs": len(runs),
        "mean": found.mean if found else None,
        "low": found.mean_low if found else None,
        "high": found.mean_high if found else None,
        "claimed": next((float(r["claimed"]) for r in records if _is_figure(r, name)), None),
    }


def _runs(rows: Sequence[Row], name: str, protocol: str) -> tuple[list[Row], str]:
    """Select the runs on the data of the last of them, over all folds, and name the data."""
    mine = counting_runs(rows, name, protocol)
    if not mine:
        return [], ""
    data = mine[-1]["data"]
    runs = [row for row in rows if (row["experiment"], row["protocol"], row["data"]) == (name, protocol, data)]
    return [row for row in runs if row["metrics"].get(METRIC) is not None], data


def _is_figure(record: Record, name: str) -> bool:
    return (record["experiment"], record["metric"], record["kind"]) == (name, METRIC, "log")


def drawn(found: Sequence[Entry]) -> Figure | None:
    """Draw the accuracies by window, a panel for each protocol that ran; None if nothing has run."""
    endings = [ending for ending in PROTOCOLS if any(one["mean"] is not None for one in _of(found, ending))]
    if not endings:
        return None
    figure = Figure(figsize=(0.8 + 4.2 * len(endings), 4.4), layout="constrained")
    panels = figure.subplots(1, len(endings), squeeze=False, sharey=True)[0]
    for axes, ending in zip(panels, endings, strict=True):
        for network in NETWORKS:
            _draw(axes, [one for one in _of(found, ending) if one["network"] == network], network)
        axes.set_title(PROTOCOLS[ending][1], fontsize=10)
        axes.set_xticks(range(len(WINDOWS)), [f"{window} ms" for window in WINDOWS])
        axes.set_xlim(-0.4, len(WINDOWS) - 0.6)
        axes.set_ylim(0, 1)
        axes.set_xlabel("window")
        axes.grid(axis="y", alpha=0.25)
    panels[0].set_ylabel("test accuracy (share of clips)")
    legend_below(figure, columns=len(NETWORKS) if len(endings) > 1 else 2)  # a column a network
    return figure


def _of(found: Sequence[Entry], ending: str) -> list[Entry]:
    return [one for one in found if one["ending"] == ending]


def _draw(axes: Axes, found: Sequence[Entry], network: str) -> None:
    """Draw a network: filled marks with the interval of the mean for ours, hollow ones for the document's."""
    title, colour, mark = NETWORKS[network]
    shift = 0.05 * (list(NETWORKS).index(network) - 1)
    ran = [one for one in found if one["mean"] is not None]
    x = [WINDOWS.index(one["window"]) + shift for one in ran]
    if ran:
        axes.plot(x, [one["mean"] for one in ran], color=colour, marker=mark, markersize=7, label=f"{title}, ours")
    for at, one in zip(x, ran, strict=True):
        if one["low"] is not None:
            axes.plot([at, at], [one["low"], one["high"]], color=colour, linewidth=2.5, alpha=0.6, gid="interval")
    said = [one for one in found if one["claimed"] is not None]
    if said:
        places = [WINDOWS.index(one["window"]) + shift for one in said]
        style = {"marker": mark, "markersize": 8, "markerfacecolor": "none", "linestyle": "--", "linewidth": 1}
        axes.plot(places, [one["claimed"] for one in said], color=colour, label=f"{title}, document", **style)  # type: ignore[arg-type]


def section(rows: Sequence[Row], records: Sequence[Record]) -> Entry:
    """Collect what the page shows of it."""
    found = points(rows, records)
    figure = drawn(found)
    return {
        "image": as_address(as_svg(figure)) if figure else "",
        "table": table(found),
        "missing": missing(found),
        "command": COMMAND,
    }


def table(found: Sequence[Entry]) -> list[Entry]:
    """Format what was drawn for a table, so that the picture has its numbers beside it."""
    return [
        {
            **one,
            "title": NETWORKS[one["network"]][0],
            "protocol": PROTOCOLS[one["ending"]][1],
            "ours": "–" if one["mean"] is None else shown(one["mean"]),
            "interval": bounds(one["low"], one["high"]),
            "theirs": "–" if one["claimed"] is None else shown(one["claimed"]),
        }
        for one in found
        if one["mean"] is not None
    ]


def missing(found: Sequence[Entry]) -> list[str]:
    """Name the experiments that have not run."""
    return [one["name"] for one in found if one["mean"] is None]
