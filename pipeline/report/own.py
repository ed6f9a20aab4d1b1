"""The page of one's own sounds: what the data are, which entry tells the classes apart, and how well each does."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.base.console import plural
from pipeline.judging.measures import Row
from pipeline.report.families import experiment, shown_runs
from pipeline.report.leaderboard import board
from pipeline.report.page import draw_plots, environment
from pipeline.report.sections import Entry
from pipeline.report.svg import as_address
from pipeline.spec.cells import FOREST
from pipeline.spec.experiment import Experiment

VERDICT = (
    "No claim of a document is judged on these sounds: they are `other data` to all of them, whatever their number."
)


def sentences(boards: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say who is ahead, and how the best network stands to the forest."""
    ranked = [entry for one in boards for entry in one["entries"] if entry["mean"] is not None]
    if not ranked:
        return ["no run ended with a finite number"]
    said = [f"the best is {_score(ranked[0])}"]
    networks, forests = ([e for e in ranked if (e["variant"] == FOREST) == wanted] for wanted in (False, True))
    if networks and forests:
        difference = networks[0]["mean"] - forests[0]["mean"]
        how = f"{abs(difference):.3f} {'above' if difference > 0 else 'below'}" if difference else "level with"
        line = f"the best recurrent network, {_score(networks[0])}, is {how} the forest, {_score(forests[0])}"
        said.append(line + _told_apart(networks[0], forests[0]))
    return said


def _told_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Say so where the tests of the board find no difference; empty where they do."""
    if not one["letters"] or not other["letters"]:
        return ", and these are too few runs for a test"
    return ", but these runs cannot tell the two apart" if set(one["letters"]) & set(other["letters"]) else ""


def _score(entry: Mapping[str, Any]) -> str:
    return f"{entry['entry']} ({entry['mean']:.3f})"


def data_facts(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List what a reader must know of the data."""
    given = "given with the sounds" if card["folds_given"] else "made by recording, with even shares of the classes"
    licences = ", ".join(f"{name} ({count})" for name, count in sorted(card["licences"].items()))
    return [
        ("name", card["name"]),
        ("licence", card["licence"]),
        *([("licences of clips", licences)] if licences else []),
        ("citation", card["citation"]),
        ("clips", f"{card['clips']} of {plural(card['recordings'], 'recording')}, {card['longest']:g} s at most"),
        ("folds", f"{len(card['complete_folds'])}, {given}; each is the test part once"),
        ("left out", f"{plural(card['rejected'], 'file')}, and {plural(card['silent'], 'silent part')}"),
    ]


def leaks(audit: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Say how many test clips have a clip of their recording in training."""
    shared = sum(int(split["shared"]) for splits in audit.values() for split in splits.values())
    if not shared:
        return "No recording is both in a training part and in its test part."
    return f"{plural(shared, 'test clip')} in all views have their recording in training too."


def mistakes(rows: Sequence[Row], most: int = 10) -> list[Entry]:
    """List the examples that an entry was surest of, and wrong."""
    found = [
        {**one, "experiment": row["experiment"]}
        for row in rows
        for one in row.get("examples") or []
        if one["truth"] != one["estimate"] and one.get("clip")
    ]
    return sorted(found, key=lambda one: -(one["probability"] or 0))[:most]


def render(
    card: Mapping[str, Any],
    rows: Sequence[Row],
    boards: Sequence[Entry],
    audit: Mapping[str, Any],
    experiments: Mapping[str, Experiment],
) -> str:
    """Render the page. `card`: that of the data; `rows`: results.json; `boards`: of leaderboard.json."""
    names = [name for name in experiments if any(row["experiment"] == name for row in rows)]
    images = {name: as_address(svg) for name, svg in draw_plots(rows, [], experiments).items()}
    entries = [experiment(name, shown_runs(rows, name, experiments[name].protocol), []) for name in names]
    return (
        environment()
        .get_template("own.html.j2")
        .render(
            name=card["name"],
            said=[f"{text[0].upper()}{text[1:]}." for text in sentences(boards)],
            verdict=VERDICT,
            facts=data_facts(card),
            folds=card["complete_folds"],
            counts=list(card["counts"].items()),
            unusable=card["unusable"],
            leaks=leaks(audit),
            boards=[board(one) for one in boards],
            entries=[{**entry, "examples": []} for entry in entries],
            images=images,
            mistakes=mistakes(rows),
        )
    )
