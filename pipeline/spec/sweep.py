"""The sweep: every entry of a grid on every board, as experiments like any other.

A board is data and a training recipe: all that its entries share. An entry is a variant with its options. Their sizes
are matched: the units of each are chosen so that it has as many parameters as the reference on the same board.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.base.console import UserError
from pipeline.experiments import Experiment
from pipeline.spec.matching import matched_units

Values = dict[str, Any]
Make = Callable[[str, Values], Experiment]
Count = Callable[[Experiment], int]


class Sweep(BaseModel):
    """The grid of params.yaml. `boards` and `entries` are fields of an experiment; a board is `from` an experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seeds: Annotated[int, Field(ge=1, le=1000)] = 5
    size: Literal["matched", "plain"] = "matched"  # plain: every entry has the units of its board
    reference: str = "lstm"
    boards: dict[str, Values] = {}
    entries: dict[str, Values] = {}


def _made(sweep: Sweep, board: str, entry: str, values: Mapping[str, Any], make: Make) -> Experiment:
    own = sweep.entries[entry]
    whole = {**values, **own, "board": board, "entry": entry, "seeds": sweep.seeds}
    whole["tour"] = bool(values.get("tour")) and bool(own.get("tour"))  # what both are for
    name = f"sweep_{board}_{entry}"
    try:
        return make(name, whole)
    except UserError as error:
        text = str(error).replace(f"experiments.{name}.", "")
        raise UserError(f"sweep: '{entry}' on the board '{board}': {text}") from None


def _sized(one: Experiment, wanted: int, count: Count) -> Experiment:
    """Return the experiment with units that give it the wanted number of parameters; a baseline stays as it is."""
    if one.baseline:
        return one
    try:
        units = matched_units(lambda units: count(one.model_copy(update={"units": units})), wanted)
    except UserError as error:
        raise UserError(
            f"sweep: '{one.entry}' on the board '{one.board}': {error}; choose other units for the board, or write "
            "sweep.size: plain"
        ) from None
    return one.model_copy(update={"units": units})


def expand(sweep: Sweep, boards: Mapping[str, Values], make: Make, count: Count) -> dict[str, Experiment]:
    """Return the experiments of the grid by name, `sweep_<board>_<entry>`.

    `boards` are those of the sweep with their `from` followed; `make` makes an experiment of a name and its values,
    `count` says how many parameters one has. Raises UserError naming entry and board.
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
