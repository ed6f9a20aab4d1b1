"""The params.yaml of a workspace of one's own sounds: the recipes of this checkout, with budgets that fit the clips.

A recipe was made for some 1,300 training clips. With fewer an epoch has fewer updates, so it gets more epochs: at least
as many as give `UPDATES` updates. Only `epochs` and `batch` change, so the recipes and keys of the checkout do not.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.commands.own_choice import IN_PARTS
from pipeline.params import load
from pipeline.sources.sounds.splits import fold_split
from pipeline.spec.entries import resolve
from pipeline.spec.sections import read_values

AVERAGE = "us_average"
PARTS = 3  # of the clips outside a test fold


@dataclass(frozen=True)
class Recipe:
    """An entry of the checkout to run on other sounds, under the name it has in the workspace.

    `updates`: the fewest that it gets; `seconds`: what one of them takes on one core, about.
    """

    name: str
    family: str
    entry: str
    updates: int
    seconds: float
    changes: Mapping[str, Any]
    averaged: bool = False
    seeds: int = 0


RECIPES = (
    Recipe("us_best", "sound_recipes", "us_best", 1500, 0.02, {}, averaged=True),
    Recipe("us_best_conv", "sound_recipes", "us_best_conv", 1500, 0.12, {}, averaged=True),
    Recipe("us_forest", "sound_recipes", "us_forest", 0, 0.0, {}),
    Recipe("us_lstm", "sounds", "us_lstm_10_100_full", 1500, 0.03, {}, seeds=1),
    Recipe("us_gru", "sounds", "us_lstm_10_100_full", 1500, 0.03, {"variant": "gru"}, seeds=1),
)
FOREST_SECONDS = 5.0
BATCHES = (32, 16, 8, 4)
LEAST_BATCHES = 2  # in an epoch


def epochs_for(epochs: int, updates: int, clips: int, batch: int) -> int:
    """Raise a number of epochs until they have so many updates."""
    return max(epochs, -(-updates // max(1, clips // batch)))


def batch_for(batch: int, clips: int) -> int:
    """Lower a batch until an epoch has a few. Raises UserError if there are too few clips for any."""
    for one in (batch, *(size for size in BATCHES if size < batch)):
        if clips >= LEAST_BATCHES * one:
            return one
    raise UserError(
        f"a training part has {clips} clips, at least {LEAST_BATCHES * BATCHES[-1]} are needed; add recordings"
    )


def training_clips(clips: pd.DataFrame) -> int:
    """Count the clips of the smallest training part over all test folds. Raises UserError if a part is empty."""
    return min(len(fold_split(clips, int(fold))["train"]) for fold in sorted(clips["fold"].unique()))


def entry_of(recipe: Recipe, found: Mapping[str, Any], board: str, clips: int) -> dict[str, Any]:
    """Build the entry of a workspace from that of the checkout."""
    values = {key: value for key, value in found.items() if key != "labels"} | dict(recipe.changes)
    values["batch"] = batch_for(values.get("batch", 10), clips)
    if recipe.updates:
        values["epochs"] = epochs_for(values["epochs"], recipe.updates, clips, values["batch"])
    updates = values["epochs"] * (clips // values["batch"])
    seconds = recipe.seconds * updates if recipe.updates else FOREST_SECONDS
    labels: dict[str, Any] = {"board": board, "entry": recipe.name, "minutes": round(seconds / 60, 2)}
    labels |= {"ensemble": AVERAGE} if recipe.averaged else {}
    labels |= {"seeds": recipe.seeds} if recipe.seeds else {}
    return {**values, "labels": labels}


def candidate_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Build the entry that is measured outside each test fold, for `SELECT=1`."""
    labels = {"seeds": PARTS, "ensemble": f"{AVERAGE}{IN_PARTS}", "minutes": entry["labels"]["minutes"]}
    return {**entry, "parts": PARTS, "labels": labels}


def workspace_values(checkout: Path, board: str, clips: int, seeds: int) -> dict[str, Any]:
    """Build the params of a workspace from those of the checkout. Raises UserError if these lack an entry."""
    values = read_values(checkout)
    load(checkout)
    experiments: dict[str, dict[str, Any]] = {}
    for recipe in RECIPES:
        entries = resolve(values["experiments"].get(recipe.family) or {}, f"experiments.{recipe.family}")
        if recipe.entry not in entries:
            raise UserError(f"{checkout}: experiments.{recipe.family}.{recipe.entry} is missing; put it back")
        entry = entry_of(recipe, entries[recipe.entry], board, clips)
        experiments.setdefault(recipe.family, {})[recipe.name] = entry
        if recipe.averaged:
            experiments[recipe.family][f"{recipe.name}{IN_PARTS}"] = candidate_of(entry)
    names = [recipe.name for recipe in RECIPES]
    run = {"experiments": names, "seeds": seeds, "most_seeds": 0, "minutes": 0.0, "originals": ["sounds"]}
    return {"run": run, "sounds": _sounds(values["sounds"], experiments), "experiments": experiments}


def _sounds(sounds: Mapping[str, Any], experiments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Keep the views that an entry needs, each written out."""
    needed = {name for mine in experiments.values() for one in mine.values() for name in _views(one)}
    views = resolve(sounds["views"], "sounds.views")
    kept = {name: view for name, view in views.items() if name in needed}
    return {**{key: value for key, value in sounds.items() if key != "sample"}, "views": kept}


def _views(entry: Mapping[str, Any]) -> list[str]:
    return [entry["view"], *entry.get("speeds", [])]


def as_text(values: Mapping[str, Any], source: str) -> str:
    """Format params for a person, who may edit them."""
    editor = YAML()
    editor.width, editor.representer.ignore_aliases = 120, lambda data: True
    out = io.StringIO()
    out.write(f"# Made by `make sounds` from {source} and the recipes of the checkout. Edit it if you like: it is\n")
    out.write("# kept then; remove it to have it made again.\n")
    editor.dump(dict(values), out)
    return out.getvalue()
