"""The sweep: every entry of a grid on every board, as ordinary experiments.

A board is data and a training recipe, shared by all of its entries. An entry is a variant with its options. Their sizes
are matched: each gets the units that give it as many parameters as the reference has on the same board.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.base.console import UserError
from pipeline.base.yaml_files import shown
from pipeline.spec.entries import merged
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Group, Name
from pipeline.spec.matching import matched_units

Values = dict[str, Any]
Make = Callable[[str, Values], Experiment]
CountParameters = Callable[[Experiment], int]


class Sweep(Group):
    """The grid in params.yaml. `boards` and `entries` have an experiment's fields; a board is `from` an experiment."""

    seeds: Annotated[int, Field(ge=1, le=1000)] = 5
    size: Literal["matched", "plain"] = "matched"  # plain: every entry has the units of its board
    reference: str = "lstm"
    boards: dict[Name, Values] = Field(default_factory=dict)
    entries: dict[Name, Values] = Field(default_factory=dict)


def _made(sweep: Sweep, board: str, entry: str, values: Mapping[str, Any], make: Make) -> Experiment:
    own = sweep.entries[entry]
    ours, theirs = (one.get("labels") or {} for one in (values, own))
    for found in (ours, theirs):
        if not isinstance(found, dict):
            where = f"sweep: '{entry}' on the board '{board}'"
            raise UserError(f"{where}: labels: expected keys and values, found {shown(found)}")
    labels = {**ours, **theirs, "board": board, "entry": entry, "seeds": sweep.seeds}
    labels["quick"] = bool(ours.get("quick")) and bool(theirs.get("quick"))
    name = f"sweep_{board}_{entry}"
    try:
        return make(name, {**merged(values, own), "labels": labels})
    except UserError as error:
        fault = re.sub(rf"experiments\.\w+\.{name}\.", "", str(error))
        raise UserError(f"sweep: '{entry}' on the board '{board}': {fault}") from None


def _sized(one: Experiment, wanted: int, count: CountParameters) -> Experiment:
    """Set the units that give an experiment the wanted number of parameters; baselines stay unchanged."""
    if one.baseline:
        return one
    try:
        units = matched_units(lambda units: count(one.model_copy(update={"units": units})), wanted)
    except UserError as error:
        raise UserError(
            f"sweep: '{one.labels.entry}' on the board '{one.labels.board}': {error}; choose other units for the "
            "board, or write sweep.size: plain"
        ) from None
    return one.model_copy(update={"units": units})


def expand(sweep: Sweep, boards: Mapping[str, Values], make: Make, count: CountParameters) -> dict[str, Experiment]:
    """Expand the grid into experiments by name, `sweep_<board>_<entry>`.

    `boards` are those of the sweep with their `from` followed; `make` makes an experiment from a name and its values;
    `count` counts the parameters of one. Raises UserError naming entry and board.
    """
    if boards and sweep.reference not in sweep.entries:
        raise UserError(f"sweep.reference: '{sweep.reference}' is not an entry; known: {', '.join(sweep.entries)}")
    found: dict[str, Experiment] = {}
    for board, values in boards.items():
        made = {entry: _made(sweep, board, entry, values, make) for entry in sweep.entries}
        if sweep.size == "matched":
            wanted = count(made[sweep.reference])
            made = {entry: _sized(one, wanted, count) for entry, one in made.items()}
        found |= {one.name: one for one in made.values()}
    return found
