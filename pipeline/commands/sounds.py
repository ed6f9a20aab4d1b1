"""`make sounds FOLDER=...`: the sound networks and the forest on sounds of one's own, in a workspace own/NAME.

A workspace has its own params.yaml, data, MLflow store and page, so nothing of the checkout is replaced. The stages are
those of the checkout; what is up to date is not made again, and a run that was trained is not trained again.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.base.console import UserError, command, leave, plural, say
from pipeline.base.environment import refuse
from pipeline.base.files import digest, digest_of, read_json, write_json, write_text
from pipeline.base.layout import LEAKAGE, MLRUNS, RAW, REPORTS, RESULTS, SPECTRA, WINDOWS, require_plain
from pipeline.base.locks import hold
from pipeline.base.parallel import cores
from pipeline.commands.choice import asked, switch, write_choice
from pipeline.commands.own_choice import candidates, chosen, lines
from pipeline.commands.own_params import as_text, training_clips, workspace_values
from pipeline.params import PARAMS, Params, load
from pipeline.running.keys import ROOT, closure
from pipeline.sources.own.about import about
from pipeline.sources.own.collection import collect
from pipeline.sources.own.listing import listing

OWN = Path("own")
CLIPS = RAW / "sounds"
MADE = Path("made.json")  # what this command wrote, so that it knows what a person has changed
FAMILIES = ("sounds", "sound_recipes")
SEEDS = 3
_STAGES = ("pipeline/stages/spectra.py", "pipeline/stages/windows.py")


def prepare(source: Path, given: Mapping[str, str], own: Path = OWN) -> tuple[Path, dict[str, Any]]:
    """Fill the workspace of a folder of sounds up to its params.yaml; return its place and the card of its data."""
    said = about(source, given)
    place = own / said.name
    require_plain(place.resolve())
    card = collect(listing(source), said, place / CLIPS)
    for line in summary(card, place):
        say(f"sounds: {line}")
    write_params(place, source, int(asked(given).get("seeds", 0)))
    return place, card


def summary(card: Mapping[str, Any], place: Path) -> Iterator[str]:
    """Say what the data are, and what was left out."""
    folds = f"{plural(len(card['complete_folds']), 'fold')} {'as given' if card['folds_given'] else 'by recording'}"
    yield (
        f"{card['name']}: {plural(card['clips'], 'clip')} of {plural(card['recordings'], 'recording')} in "
        f"{plural(len(card['counts']), 'class', 'classes')}, {folds}; licence: {card['licence']}"
    )
    if card["unusable"]:
        first = "; ".join(f"{name}: {reason}" for name, reason in card["unusable"][:3])
        more = f"; {place / CLIPS / 'rejected.csv'} has all" if len(card["unusable"]) > 3 else ""
        yield f"left out: {plural(len(card['unusable']), 'file')} ({first}{more})"
    if card["recordings_in_two_folds"]:
        yield (
            f"{plural(card['recordings_in_two_folds'], 'recording')} in more than one fold; clips of them outside the "
            "test fold are not trained on"
        )


def write_params(place: Path, source: Path, seeds: int) -> None:
    """Write params.yaml of a workspace, unless a person has changed it; `seeds`: 0 if not asked for."""
    path = place / PARAMS
    made = read_json(place / MADE) if (place / MADE).is_file() else {}
    if path.is_file() and digest(path) != made.get("params"):
        say(f"sounds: {path} is kept as you changed it; remove it to have it made again")
        for change in write_choice(path, {"seeds": seeds} if seeds else {}):
            say(f"sounds: {change}")
        return
    before = load(path).run.seeds if path.is_file() else SEEDS
    clips = training_clips(pd.read_csv(place / CLIPS / "clips.csv"))
    values = workspace_values(ROOT / PARAMS, place.name, clips, seeds or before)
    write_text(path, as_text(values, source.name))
    load(path)
    write_json(place / MADE, {**made, "params": digest(path)})


def estimate(params: Params, folds: int) -> str:
    """Say how much there is to train, at most."""
    runs = {name: params.seeds_of(one) * folds for name, one in params.chosen().items()}
    minutes = sum(count * params.every[name].labels.minutes for name, count in runs.items()) / cores()
    return f"{plural(sum(runs.values()), 'run')}, about {plural(max(1, round(minutes)), 'minute')} on {cores()} cores"


def features(params: Params) -> None:
    """Make spectra and windows of the workspace that is the current folder, unless they are up to date."""
    from pipeline.stages.spectra import make_view
    from pipeline.stages.windows import windows

    state = _state(params)
    made = read_json(MADE)
    if made.get("features") == state and WINDOWS.is_dir():
        return
    for name, view in params.sounds.views.items():
        say(make_view(name, view, params.sounds, CLIPS, SPECTRA / name))
    for family in FAMILIES:
        write_json(LEAKAGE / f"{family}.json", windows(params, family))
    write_json(MADE, {**made, "features": state})


def _state(params: Params) -> str:
    """Digest what spectra and windows are made from: the clips, what is asked for, and the code; no licence."""
    card = read_json(CLIPS / "card.json")
    clips = [digest(CLIPS / "clips.csv"), *(card[key] for key in ("data", "classes", "complete_folds"))]
    code = [digest(path) for path in closure([ROOT / name for name in _STAGES], ROOT)]
    entries = [one.recipe() for one in params.experiments.values()]
    views = sorted({view for one in entries for view in (one["view"], *one.get("speeds", []))})
    seeds = [params.most_seeds(family) for family in FAMILIES]
    return digest_of([clips, params.sounds.model_dump(mode="json"), views, seeds, code])


def train(params: Params) -> list[dict[str, Any]]:
    """Train every run that is not trained yet; return the rows of all, with those of the ensembles."""
    from pipeline.networks.runtime import check_environment
    from pipeline.perform import perform
    from pipeline.running.plan import plan
    from pipeline.tracking.store import readable_errors
    from pipeline.tracking.tracker import Tracker
    from pipeline.training.ensembles import ensembles, without_outputs

    check_environment()
    with readable_errors(MLRUNS):
        rows = perform(plan(params, WINDOWS), Tracker(MLRUNS), lambda name: [], WINDOWS, CLIPS / "audio")
    return [without_outputs(row) for row in (*rows, *ensembles(rows))]


def choose(params: Params, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train the candidates; return the rows of the network that they choose for each test fold."""
    from pipeline.commands.select import table
    from pipeline.judging.selection import selections

    found = selections(train(candidates(params)))
    write_text(REPORTS / "selection.csv", table(found))
    for line in lines(found):
        say(f"sounds: {line}")
    return chosen(rows, found, next((row["board"] for row in rows if row["board"]), ""))


def publish(params: Params, rows: list[dict[str, Any]], card: Mapping[str, Any]) -> None:
    """Write results.json, the leaderboard and the page."""
    from pipeline.judging.leaderboard import as_csv, leaderboard
    from pipeline.report.own import render, sentences

    found = leaderboard(rows)
    write_json(RESULTS, rows)
    write_json(REPORTS / "leaderboard.json", found)
    write_text(REPORTS / "leaderboard.csv", as_csv(found["boards"]))
    leakage = {view: audit for family in FAMILIES for view, audit in read_json(LEAKAGE / f"{family}.json").items()}
    write_text(REPORTS / "index.html", render(card, rows, found["boards"], leakage, params.experiments))
    for line in sentences(found["boards"]):
        say(f"sounds: {line}")


@contextmanager
def _resumable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        leave("sounds", "interrupted; nothing is half-written, the same command resumes from here", 130)


def perform_in(place: Path, card: Mapping[str, Any], select: bool = False) -> None:
    """Run the stages in a workspace; with `select` also the choice of a network for each test fold."""
    with chdir(place):
        params = load()
        for one in (params, candidates(params))[: 1 + select]:
            say(f"sounds: {estimate(one, len(card['complete_folds']))}")
        features(params)
        rows = train(params)
        publish(params, [*rows, *(choose(params, rows) if select else [])], card)


@command("sounds")
def main() -> None:
    """Do what FOLDER, NAME, LICENCE, CITATION, LONGEST, FOLDS, SEEDS and SELECT ask for."""
    refuse()
    given = os.environ.get("FOLDER", "")
    if not given:
        raise UserError("write FOLDER=/folder: a sub-folder for each class, or a csv (docs/own-sounds.md)")
    source, select = Path(given).expanduser(), switch("SELECT", os.environ.get("SELECT") or "0")
    listing(source)  # before a folder is made for it
    place = OWN / about(source, os.environ).name
    with _resumable(), hold("make sounds", place / ".lock", does=f"is at work in {place}"):
        place, card = prepare(source, os.environ)
        perform_in(place, card, select)
    say(f"sounds: done; open {place / REPORTS / 'index.html'}")


if __name__ == "__main__":
    main()
