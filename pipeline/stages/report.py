"""Stage `report`: claims.json, results.json and leaderboard.json -> index.html, leaderboard.html, families/, plots/.

All of them are in reports/. The runs of the sweep are only on the leaderboard.
"""

from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import plural, say
from pipeline.base.files import read_json, whole_directory, write_text
from pipeline.base.layout import CLAIMS, LEAKAGE, REPORTS, RESULTS
from pipeline.judging.claims import load_claims
from pipeline.judging.measures import read_list, read_results
from pipeline.params import load
from pipeline.report.families import families
from pipeline.report.leaderboard import read_leaderboard, render_leaderboard
from pipeline.report.page import draw_plots, render, render_family
from pipeline.stages.snapshot import stage


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Replace a folder by these texts, one file per name."""
    with whole_directory(folder) as beside:
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8")


def report() -> None:
    """Write the pages and the plots."""
    records, documents = read_list(REPORTS / "claims.json", "claims"), load_claims(CLAIMS)
    rows, experiments = read_results(RESULTS), load().experiments
    ranked = read_leaderboard(REPORTS / "leaderboard.json")
    audits = map(read_json, sorted(LEAKAGE.glob("*.json")))
    leakage = {view: audit for found in audits for view, audit in found.items()}
    plots = draw_plots(rows, documents, experiments)
    entries = families(rows, records, experiments)
    measured = read_json(REPORTS / "calibration.json")
    page = render(records, rows, documents, leakage, entries, ranked["boards"], measured)
    write_files(REPORTS / "plots", {f"{name}.svg": svg for name, svg in plots.items()})
    write_files(REPORTS / "families", {f"{entry['name']}.html": render_family(entry, plots) for entry in entries})
    write_text(REPORTS / "leaderboard.html", render_leaderboard(ranked))
    write_text(REPORTS / "index.html", page)
    say(
        f"report: {REPORTS / 'index.html'}: {plural(len(records), 'claim')}, {plural(len(rows), 'run')}, "
        f"{plural(len(plots), 'plot')}, {plural(len(entries), 'family', 'families')}, "
        f"{plural(len(ranked['boards']), 'board')}"
    )


main = stage("report")(report)

if __name__ == "__main__":
    main()
