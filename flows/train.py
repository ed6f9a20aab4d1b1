"""The flow `train`: one experiment with all its seeds, by the same functions as the stage `train`.

`python -m flows.train us_lstm_10_100` runs it once; with PREFECT_API_URL set it shows in that server's UI.
"""

import sys
from typing import Annotated

from prefect import flow
from pydantic import Field

from pipeline.console import UserError, command
from pipeline.params import Params, load
from pipeline.stages.train import train as train_runs
from pipeline.training.perform import Row

Seeds = Annotated[int, Field(ge=1, le=1000)]


def only(params: Params, experiment: str, seeds: int | None) -> Params:
    """Return the params with this one experiment as the choice. Raises UserError if there is none of that name."""
    params.require(experiment)
    one = params.every[experiment]
    one = one.model_copy(update={"seeds": seeds}) if seeds else one
    run = params.run.model_copy(update={"experiments": [experiment], "sweep": False})
    return params.model_copy(update={"run": run, "experiments": {experiment: one}, "grid": {}})


@flow(name="train", flow_run_name="{experiment}", log_prints=True)
def train(experiment: str, seeds: Seeds | None = None) -> list[Row]:
    """Train an experiment of params.yaml; seeds as there unless given. What is trained already is not trained again."""
    return train_runs(only(load(), experiment, seeds))


@command("train")
def main() -> None:
    """Run the flow for the experiment that the command line names."""
    if len(sys.argv) != 2:
        raise UserError("name one experiment of params.yaml, such as `python -m flows.train am_64`")
    load().require(sys.argv[1])
    train(sys.argv[1])


if __name__ == "__main__":
    main()
