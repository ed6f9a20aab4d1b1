"""Choose a network for each test fold by its results on the other folds, and put the chosen ones on the board.

The candidates are the averaged recipes with `parts` (`experiments/sound_recipes.py`), and their average. No clip of a
test fold takes part in its choice, so the board may hold the chosen networks against the forest.
"""

from collections.abc import Sequence

from pipeline.judging.selection import Selection
from pipeline.params import Params
from pipeline.training.rows import Row

IN_PARTS = "_in_parts"
CHOSEN = "us_chosen"


def candidates(params: Params) -> Params:
    """Copy the params with the candidates as the only experiments."""
    names = [name for name, one in params.experiments.items() if one.selects]
    return params.model_copy(update={"run": params.run.model_copy(update={"experiments": names})})


def chosen(rows: Sequence[Row], found: Sequence[Selection], board: str) -> list[Row]:
    """Copy the rows of the network that was chosen for each test fold, as one more entry of the board."""
    taken = {one.fold: one.taken.removesuffix(IN_PARTS) for one in found}
    labels = {"experiment": CHOSEN, "entry": CHOSEN, "ensemble": "", "board": board}
    return [row | labels for row in rows if taken.get(row["fold"]) == row["experiment"]]


def lines(found: Sequence[Selection]) -> list[str]:
    """Say what was chosen for each fold, and how close it was."""
    return [
        f"for test fold {one.fold} {one.taken.removesuffix(IN_PARTS)} is chosen ("
        + ", ".join(f"{each.name.removesuffix(IN_PARTS)} {each.score:.3f}" for each in one.candidates)
        + " on the other folds)"
        for one in found
    ]
