"""`make select`: select a recipe for each test fold, by its results on the other folds.

The candidates are the experiments of params.yaml with `parts`; the test fold is held out (`experiments/sounds.py`).
"""

import pandas as pd

from pipeline.base.console import UserError, command, say
from pipeline.base.files import write_text
from pipeline.base.layout import REPORTS
from pipeline.experiments.registry import FAMILIES
from pipeline.judging.selection import Selection, selections
from pipeline.params import Params, load
from pipeline.stages.train import train
from pipeline.training.ensembles import ensembles

TABLE = REPORTS / "selection.csv"
_HEAD = "on other folds"


def candidates(params: Params) -> Params:
    """Copy the params with the candidates as the only experiments. Raises UserError without real recordings."""
    names = [name for name, experiment in params.experiments.items() if experiment.selects]
    originals = {FAMILIES[params.experiments[name].family].originals for name in names}
    if not names:
        raise UserError("params.yaml: no experiment has `parts`, so there are no recipes to choose from")
    if not all(map(params.run.wants, originals)):
        raise UserError(
            "recipes are compared on real recordings, but here is only the built-in sample;\n"
            "run `make reproduce ORIGINALS=1` first"
        )
    return params.model_copy(update={"run": params.run.model_copy(update={"experiments": names, "sweep": False})})


def lines(selection: Selection) -> list[str]:
    """Format a selection: the selected recipe, then every candidate, the best first."""
    wide = max(len(_HEAD), *(len(one.name) for one in selection.candidates))
    return [
        f"{selection.data}: {selection.taken} is selected for test fold {selection.fold}",
        f"  {_HEAD:{wide}}   loss  score  runs",
        *(f"  {one.name:{wide}}  {one.loss:.3f}   {one.score:.3f}  {one.runs:4}" for one in selection.candidates),
    ]


def table(found: list[Selection]) -> str:
    """Format all selections as CSV, one row per candidate and fold."""
    rows = [
        {"data": selection.data, "fold": selection.fold, "taken": one.name == selection.taken, **vars(one)}
        for selection in found
        for one in selection.candidates
    ]
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.6g", lineterminator="\n")


@command("select")
def main() -> None:
    """Train what is not trained yet, and say what is selected."""
    rows = train(candidates(load()))
    found = selections([*rows, *ensembles(rows)])
    write_text(TABLE, table(found))
    for selection in found:
        for line in lines(selection):
            say(line)
    say(f"select: {TABLE}")


if __name__ == "__main__":
    main()
