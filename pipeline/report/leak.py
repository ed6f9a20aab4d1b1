"""The leak: accuracy against the share of test clips whose recording is also in training, ours and published ones."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from pipeline.base.charts import as_svg, legend_below
from pipeline.base.grounds import INK
from pipeline.judging.measures import Row
from pipeline.judging.verdicts import shown
from pipeline.report.sections import Entry, Record, bounds
from pipeline.report.svg import as_address
from pipeline.report.window import NETWORKS, points

PUBLISHED = (  # on the official folds, where no recording is on both sides: (accuracy, what, whose)
    (
        0.70,
        "support vector machine on MFCC statistics (about)",
        "Salamon, Jacoby, Bello: A Dataset and Taxonomy for Urban Sound Research, ACM Multimedia 2014",
    ),
    (
        0.737,
        "convolutional network on log-mel segments",
        "Piczak: Environmental Sound Classification with Convolutional Neural Networks, IEEE MLSP 2015",
    ),
)
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


def drawn(found: Sequence[Entry]) -> Figure | None:
    """Draw accuracy against the share, with what papers reached on the official folds; None without any run."""
    if not found:
        return None
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for place, one in enumerate(found):
        _, colour, mark = NETWORKS[one["network"]]
        x = 100 * one["leaked"] + 1.6 * (place % 3 - 1)
        if one["low"] is not None:
            axes.plot([x, x], [one["low"], one["high"]], color=colour, linewidth=1.5, alpha=0.6)
        filled = colour if one["window"] == 100 else "none"
        axes.plot([x], [one["mean"]], mark, color=colour, markerfacecolor=filled, label=one["title"])
    for value, _, source in PUBLISHED:
        axes.plot([0], [value], "x", color=INK, markersize=7, gid="published")
        shift = 0.012 if value == max(one[0] for one in PUBLISHED) else -0.03
        axes.text(2, value + shift, f"{source.partition(':')[0]} {source[-4:]}", fontsize=7, color=INK)
    axes.set_xlim(-5, 105)
    axes.set_ylim(0, 1)
    axes.set_xlabel("test clips whose recording is also in training (%)")
    axes.set_ylabel("test accuracy (share of clips)")
    axes.grid(alpha=0.25)
    legend_below(figure)
    return figure


def section(audit: Mapping[str, Mapping[str, Entry]], rows: Sequence[Row], records: Sequence[Record]) -> Entry:
    """Collect what the page shows of the leak."""
    found = measured(audit, rows, records)
    figure = drawn(found)
    return {
        "shares": shares(audit),
        "measured": found,
        "sample": any("sample" in one["data"] for one in found),
        "data": ", ".join(dict.fromkeys(one["data"] for one in found)),
        "published": [{"value": shown(value), "what": what, "source": source} for value, what, source in PUBLISHED],
        "image": as_address(as_svg(figure)) if figure else "",
    }
