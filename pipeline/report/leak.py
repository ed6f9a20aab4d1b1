"""The leak: accuracy against the share of test clips whose recording is also in training, ours and published ones."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.base.charts import as_svg, legend_below
from pipeline.base.grounds import INK, SOFT
from pipeline.judging.intervals import one_run
from pipeline.judging.measures import Row
from pipeline.judging.scales import scale_of
from pipeline.judging.verdicts import shown
from pipeline.report.sections import Entry, Record, bounds
from pipeline.report.svg import as_address
from pipeline.report.window import METRIC, NETWORKS, points

_MODERN = (
    "Yurtsever: Modern Deep Learning Architectures for Urban Sound Classification on UrbanSound8K, Sakarya University "
    "Journal of Computer and Information Sciences, doi:10.35377/saucis...1830726"
)
RANDOM = 0.96  # the share of a random split, as in document 000; the paper does not say it
PUBLISHED = (  # on all of UrbanSound8K: (share, accuracy, its mark, what, whose)
    (
        0.0,
        0.70,
        "Salamon 2014",
        "support vector machine on MFCC statistics (about), official folds",
        "Salamon, Jacoby, Bello: A Dataset and Taxonomy for Urban Sound Research, ACM Multimedia 2014",
    ),
    (
        0.0,
        0.737,
        "Piczak 2015",
        "convolutional network on log-mel segments, official folds",
        "Piczak: Environmental Sound Classification with Convolutional Neural Networks, IEEE MLSP 2015",
    ),
    (0.0, 0.839, "Yurtsever", "ConvNeXt-Tiny with mixup, official folds", _MODERN),
    (RANDOM, 0.981, "Yurtsever", "its best on clips drawn at random, in the same study", _MODERN),
)
SET = {  # networks whose leak was set: what they are, their colour and mark
    "lstm": ("LSTM, leak as set", INK, "D"),
    "forest": ("random forest, leak as set", SOFT, "v"),
}
_KINDS = {"seed": "clips drawn at random", "fold": "official folds"}


def shares(audit: Mapping[str, Mapping[str, Entry]]) -> list[Entry]:
    """Sum up the audit, a line for each view and way to split: the range of the shares."""
    found = []
    for view, splits in audit.items():
        for kind, title in _KINDS.items():
            mine = [one for name, one in splits.items() if name.startswith(kind)]
            if mine:
                values = [one["share"] for one in mine]
                low, high = min(values), max(values)
                text = f"{low:.1%}" if low == high else f"{low:.1%} to {high:.1%}"
                mean = sum(values) / len(values)
                found.append({"view": view, "how": title, "splits": len(mine), "share": text, "mean": mean})
    return found


def measured(audit: Mapping[str, Mapping[str, Entry]], rows: Sequence[Row], records: Sequence[Record]) -> list[Entry]:
    """List the accuracies of the three networks by window, with the share of leaked clips of their view."""
    by_view = {one["view"]: one for one in shares(audit)}
    found = []
    for one in points(rows, records):
        leaked = by_view.get(f"10_{one['window']}{one['ending']}")
        if one["mean"] is not None and leaked:
            title = f"{NETWORKS[one['network']][0]}, {one['window']} ms"
            texts = {"mean_text": shown(one["mean"]), "interval": bounds(one["low"], one["high"])}
            found.append({**one, "title": title, "leaked": leaked["mean"], "how": leaked["how"], **texts})
    return found


def as_set(audit: Mapping[str, Mapping[str, Entry]], rows: Sequence[Row]) -> list[Entry]:
    """List the accuracies of the networks of the family `sound_leak`, whose leak is set and nothing else changes."""
    runs: dict[str, list[Row]] = {}
    for row in rows:
        if row["experiment"] in audit and row["variant"] in SET and row["metrics"].get(METRIC) is not None:
            runs.setdefault(row["experiment"], []).append(row)
    found = [_as_set(audit[name].values(), some) for name, some in runs.items()]
    return sorted(found, key=lambda one: (list(SET).index(one["network"]), one["leaked"]))


def _as_set(splits: Iterable[Entry], rows: Sequence[Row]) -> Entry:
    figures = one_run([row["metrics"][METRIC] for row in rows], scale_of(METRIC))
    leaked = float(np.mean([one["share"] for one in splits]))
    return {
        "network": rows[0]["variant"],
        "title": SET[rows[0]["variant"]][0],
        "data": rows[0]["data"],
        "how": f"leak as set, {len(rows)} seeds",
        "leaked": leaked,
        "mean": figures.mean,
        "low": figures.mean_low,
        "high": figures.mean_high,
        "mean_text": shown(figures.mean),
        "interval": bounds(figures.mean_low, figures.mean_high),
    }


def _draw_set(axes: Axes, found: Sequence[Entry]) -> None:
    for network, (title, colour, mark) in SET.items():
        mine = [one for one in found if one["network"] == network]
        for one in mine:
            x = 100 * one["leaked"]
            if one["low"] is not None:
                axes.plot([x, x], [one["low"], one["high"]], color=colour, linewidth=1.5, alpha=0.6)
        if mine:
            shares, means = [100 * one["leaked"] for one in mine], [one["mean"] for one in mine]
            axes.plot(shares, means, color=colour, marker=mark, label=title, gid=f"set-{network}")


def drawn(found: Sequence[Entry], leaked: Sequence[Entry]) -> Figure | None:
    """Draw accuracy against the share, with what papers reached on the official folds; None without any run.

    found: the documents' networks; leaked: those whose leak is set.
    """
    if not (found or leaked):
        return None
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for one in found:
        _, colour, mark = NETWORKS[one["network"]]
        x = 100 * one["leaked"]
        if one["low"] is not None:
            axes.plot([x, x], [one["low"], one["high"]], color=colour, linewidth=1.5, alpha=0.6)
        filled = colour if one["window"] == 100 else "none"
        axes.plot([x], [one["mean"]], mark, color=colour, markerfacecolor=filled, alpha=0.7, label=one["title"])
    _draw_set(axes, leaked)
    for share, value, author, *_ in PUBLISHED:
        axes.plot([100 * share], [value], "x", color=INK, markersize=7, gid="published")
        beside = {"ha": "right", "x": 100 * share - 2} if share else {"ha": "left", "x": 2}
        axes.text(y=value, s=author, fontsize=7, color=INK, va="center", **beside)  # type: ignore[arg-type]
    axes.set_xlim(-5, 105)
    axes.set_ylim(0, 1.03)
    axes.set_xlabel("test clips whose recording is also in training (%)")
    axes.set_ylabel("test accuracy (share of clips)")
    axes.grid(alpha=0.25)
    legend_below(figure)
    return figure


def section(audit: Mapping[str, Mapping[str, Entry]], rows: Sequence[Row], records: Sequence[Record]) -> Entry:
    """Collect what the page shows of the leak."""
    found, leaked = measured(audit, rows, records), as_set(audit, rows)
    data = dict.fromkeys(one["data"] for one in (*found, *leaked))
    figure = drawn(found, leaked)
    return {
        "shares": shares(audit),
        "measured": [*found, *leaked],
        "as_set": bool(leaked),
        "random": RANDOM,
        "sample": any("sample" in one for one in data),
        "data": ", ".join(data),
        "published": [{"value": shown(value), "what": what, "source": who} for _, value, _, what, who in PUBLISHED],
        "image": as_address(as_svg(figure)) if figure else "",
    }
