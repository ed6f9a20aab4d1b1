"""Stage `report`: claims.json, results.json and the leaderboard -> the pages, and what others cite.

All of it is in reports/. Pages: index.html, leaderboard.html, families/, plots/; the runs of the sweep are only on the
leaderboard and in runs.csv. To cite: certificate.md, codecheck.yml, ro-crate-metadata.json, workflow/
(docs/ledger.md). The fullest page so far is also kept in fullest/.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.base.console import plural, say
from pipeline.base.files import read_json, whole_directory, write_json, write_text
from pipeline.base.layout import CLAIMS, LEAKAGE, RAW, REPORTS, RESULTS
from pipeline.judging.claims import load_claims
from pipeline.judging.measures import Row, read_list, read_results
from pipeline.params import load
from pipeline.report import heard, leak, songs, window
from pipeline.report.account import PYPROJECT, Account, account_of, read_project, software
from pipeline.report.certificate import certificate
from pipeline.report.codecheck import codecheck
from pipeline.report.crate import METADATA, PARAMS, WORKFLOW, crate
from pipeline.report.families import families
from pipeline.report.fuller import keep, size_of
from pipeline.report.leaderboard import read_leaderboard, render_leaderboard
from pipeline.report.page import draw_plots, render, render_family
from pipeline.report.runs import FILE, all_runs, every_run
from pipeline.report.sections import Entry, Record
from pipeline.stages.snapshot import DVC, stage
from pipeline.stages.snapshot import PARAMS as ASKED
from pipeline.tracking.playable import as_ogg

RESULT = {  # the files that a citation is about
    "results.json": "every run: its metrics, its history, and where it comes from",
    FILE: "every run in a line: its headline figure, and the sha256 of its weights and of its data",
    "claims.json": "every claim with its measurement, its verdict and the reason",
    "leaderboard.csv": "the variants of the sweep, ranked on each board",
    "calibration.json": "the judge, tried on claims with a known truth",
    "index.html": "the page: do the claims hold?",
}
FULLEST = REPORTS / "fullest"  # no output of the stage, which DVC would remove before it begins
CERTIFICATE, CODECHECK = "certificate.md", "codecheck.yml"
ABOUT = {CERTIFICATE: "what was checked, in plain words", CODECHECK: "the certificate for programs"}


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Replace a folder by these texts, one file per name."""
    with whole_directory(folder) as beside:
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8")


def cite(account: Account, command: str) -> None:
    """Write the certificate, with the command of an experiment, and the crate; what they list is there already."""
    page = certificate(account, command)
    write_text(REPORTS / CERTIFICATE, page)
    write_text(REPORTS / CODECHECK, codecheck(account, RESULT, page))
    with whole_directory(REPORTS / Path(WORKFLOW).parent) as beside:
        for source, copy in ((DVC, WORKFLOW), (ASKED, PARAMS)):
            (beside / Path(copy).name).write_bytes(source.read_bytes())
    write_json(REPORTS / METADATA, crate(account, REPORTS, RESULT, ABOUT))


def sounds_of(rows: Sequence[Row], records: Sequence[Record]) -> Entry:
    """Collect what the page of the sounds has beside its experiments: the window, and clips to listen to."""
    sounds, raw = load().sounds, RAW / "sounds"
    deaf = heard.deaf_below(min(window.WINDOWS), sounds.bands)
    clips = heard.listen(rows, raw / "audio", as_ogg, deaf)
    return {
        "deaf": deaf,
        "window": window.section(rows, records),
        "heard": heard.by_outcome(clips),
        "licence": read_json(raw / "card.json").get("licence", "") if clips else "",
    }


def repeated(rows: Sequence[Row], entries: Sequence[Entry]) -> list[Entry]:
    """List the experiments that ran, with the command of each."""
    return all_runs(rows, {name for entry in entries for name in entry["on_originals"]})


def report() -> None:
    """Write the pages, the plots, and what others cite."""
    records, documents = read_list(REPORTS / "claims.json", "claims"), load_claims(CLAIMS)
    rows, experiments = read_results(RESULTS), load().experiments
    ranked = read_leaderboard(REPORTS / "leaderboard.json")
    audits = map(read_json, sorted(LEAKAGE.glob("*.json")))
    leakage = {view: audit for found in audits for view, audit in found.items()}
    plots = draw_plots(rows, documents, experiments)
    entries = families(rows, records, experiments)
    extras = {"sounds": sounds_of(rows, records), "melody": songs.section(rows, records)}
    extras["sound_leak"] = leak.section(leakage, rows, records)
    measured = read_json(REPORTS / "calibration.json")
    account = account_of(rows, records, documents, read_project(PYPROJECT), software())
    page = render(records, rows, documents, leakage, entries, ranked["boards"], measured, account)
    write_files(REPORTS / "plots", {f"{name}.svg": svg for name, svg in plots.items()})
    pages = {entry["name"]: render_family(entry, plots, extras.get(entry["name"])) for entry in entries}
    write_files(REPORTS / "families", {f"{name}.html": page for name, page in pages.items()})
    write_text(REPORTS / "leaderboard.html", render_leaderboard(ranked))
    write_text(REPORTS / "index.html", page)
    write_text(REPORTS / FILE, every_run(rows))
    cite(account, next((one["command"] for one in repeated(rows, entries)), ""))
    if fuller := keep(REPORTS, size_of(rows, records), FULLEST):
        say(f"report: {fuller}")
    say(
        f"report: {REPORTS / 'index.html'}: {plural(len(records), 'claim')}, {plural(len(rows), 'run')}, "
        f"{plural(len(plots), 'plot')}, {plural(len(entries), 'family', 'families')}, "
        f"{plural(len(ranked['boards']), 'board')}"
    )


main = stage("report")(report)

if __name__ == "__main__":
    main()
