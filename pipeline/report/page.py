"""The main page and one page per family: HTML files that need neither network nor JavaScript."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure

from pipeline.base.charts import Point, as_svg, confusion_matrix, estimates, learning_curve, more_curves
from pipeline.judging.claims import Document, document_points
from pipeline.judging.measures import Row
from pipeline.judging.verdicts import RULE, VERDICTS
from pipeline.report import korean, leak, listing, outcome, sections, surprises
from pipeline.report.account import Account
from pipeline.report.calibration import calibration as formatted
from pipeline.report.families import shown_runs
from pipeline.report.mosaic import MARKS, mosaic
from pipeline.report.origin import data_lines, origin_of
from pipeline.report.runs import all_runs
from pipeline.report.sections import Entry, Record
from pipeline.report.svg import as_address, smaller
from pipeline.spec.experiment import Experiment

TEMPLATES = Path(__file__).parent
Plots = dict[str, str]
NOT_CALIBRATED: Entry = {}


def draw_plots(rows: Sequence[Row], documents: list[Document], experiments: Mapping[str, Experiment]) -> Plots:
    """Draw every chart as SVG text, by name: `<experiment>-` with `curve`, `confusion`, `estimates` or `more`."""
    plots: Plots = {}
    for name in dict.fromkeys(row["experiment"] for row in rows if row["experiment"] in experiments):
        runs = shown_runs(rows, name, experiments[name].protocol)
        with rc_context({"path.simplify_threshold": 1.0}):  # pixels: curves of thousands of epochs are half as long
            figures = charts_of(name, runs, document_points(documents, name))
            plots |= {f"{name}-{kind}": smaller(as_svg(figure)) for kind, figure in figures.items()}
    return plots


def charts_of(name: str, runs: Sequence[Row], points: Sequence[Point]) -> dict[str, Figure]:
    """Draw the charts of an experiment by kind; a baseline, which is not trained, has no curve."""
    title, charts = f"{name}: {runs[0]['data']}", {}
    if any(runs[0]["history"].values()):
        charts["curve"] = learning_curve(runs, points, title)
    counts = sections.confusion(runs)
    if counts is not None:
        charts["confusion"] = confusion_matrix(*counts, f"{name}, {len(runs)} runs")
    if runs[0].get("pairs"):
        charts["estimates"] = estimates(runs[0]["pairs"], f"{name}, seed {runs[0]['seed']}")
    if runs[0].get("curves"):
        charts["more"] = more_curves([run["curves"] for run in runs], title)
    return charts


def environment() -> Environment:
    """Build the Jinja environment, with autoescape and the filters `code`, `t` and `korean`."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["code"] = code
    made.filters["t"] = korean.marked
    made.filters["korean"] = korean.korean
    made.globals["group_of"] = outcome.GROUP
    return made


def render(
    records: Sequence[Record],
    rows: Sequence[Row],
    documents: Sequence[Document],
    audit: Any,
    entries: Sequence[Entry],
    boards: Sequence[Entry] = (),
    calibration: Entry = NOT_CALIBRATED,
    account: Account | None = None,
) -> str:
    """Render the main page. `records`: reports/claims.json; `rows`: reports/results.json.

    `audit`: {view: {split: audit}} of all families; `entries`: from `families`; `boards`: those of leaderboard.json;
    `calibration`: reports/calibration.json; `account`: where the result comes from.
    """
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            headline=sections.headline(records),
            opening=sections.opening(records, rows),
            opening_ko=sections.opening_ko(records, rows),
            outcomes=outcome.outcomes(documents, records),
            outcome_rule=outcome.RULE,
            groups=outcome.GROUPS,
            marks=MARKS,
            mosaic=mosaic(documents, records),
            data=data_lines(rows),
            origin=origin_of(account) if account else None,
            surprises=[surprise(record) for record in surprises.surprises(records)],
            surprise_rule=surprises.RULE,
            runs=all_runs(rows, {name for entry in entries for name in entry["on_originals"]}),
            verdicts=VERDICTS,
            calibration=formatted(calibration),
            rule=RULE,
            families=entries,
            corrected=sections.corrected(rows),
            boards=boards,
            leakage=sections.leakage(audit),
            leak=leak.section(audit, rows, records),
            documents=[listing.document(document, records, families_of(entries)) for document in documents],
        )
    )


def families_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Find the family of every experiment, whether or not it was run."""
    return {name: entry["name"] for entry in entries for name in entry["all"]}


def surprise(record: Record) -> Entry:
    """Format a finding for its card."""
    picture = surprises.picture(record)
    words = {"ours": surprises.ours(record), "theirs": surprises.theirs(record)} if picture else {}
    return {**record, "group": outcome.GROUP[record["verdict"]].name, "picture": picture, **words}


def render_family(entry: Entry, plots: Plots, extra: Entry | None = None) -> str:
    """Render the page of a family, with the charts of its experiments, and what only this family has (`extra`)."""
    mine = tuple(f"{one['name']}-" for one in entry["experiments"])
    images = {name: as_address(svg) for name, svg in plots.items() if name.startswith(mine)}
    return environment().get_template("family.html.j2").render(family=entry, images=images, extra=extra)


def code(text: str) -> Markup:
    """Escape text for HTML, with text between backticks as code."""
    parts = str(text).split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
