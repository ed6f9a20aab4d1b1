"""The flow `train`: one experiment with all its seeds, by the same functions as the stage `train`.

`python -m flows.train us_lstm_10_100` runs it once; with PREFECT_API_URL and PREFECT_API_AUTH_STRING set, it shows in
that server's UI. As a deployment it runs in the pool `gpu`, one at a time on each GPU.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from prefect import flow
from prefect.runtime import deployment, flow_run

from flows.data import fetch_windows
from flows.names import ExperimentName, Seeds
from flows.retries import end_after_many_crashes, with_retries
from flows.show import Progress, origin, show_runs
from flows.slot import slot
from flows.talk import prefect_at_hand
from pipeline.base.console import UserError, command, plural
from pipeline.base.layout import MLRUNS
from pipeline.base.processes import this_process
from pipeline.commands.reconcile import close_parents
from pipeline.params import Params, load
from pipeline.stages.train import train as train_runs
from pipeline.training.rows import Row


def only(params: Params, experiment: str, seeds: int | None) -> Params:
    """Copy the params with this as the only experiment. Raises UserError if there is none with that name."""
    params.require(experiment)
    one = params.every[experiment]
    if seeds:
        one = one.model_copy(update={"labels": one.labels.model_copy(update={"seeds": seeds})})
    run = params.run.model_copy(update={"experiments": [experiment], "sweep": False})
    return params.model_copy(update={"run": run, "experiments": {experiment: one}, "grid": {}})


def title(experiment: str, seeds: int) -> str:
    """Format the name of a flow run, such as `us_lstm_10_100 · 10 seeds`."""
    return f"{experiment} · {plural(seeds, 'seed')}"


def _name() -> str:
    given: dict[str, Any] = flow_run.get_parameters()
    experiment, params = str(given["experiment"]), load()
    if experiment not in params.every:  # the flow reports that; an error here would count as a crash
        return experiment
    return title(experiment, given.get("seeds") or params.seeds_of(params.every[experiment]))


@contextmanager
def closing() -> Iterator[None]:
    """Close the parent runs in MLflow if the body fails or is cancelled; the body closes the runs of seeds itself."""
    try:
        yield
    except BaseException:
        from pipeline.tracking.store import STORE_ERRORS
        from pipeline.tracking.tracker import Tracker

        with suppress(UserError, *STORE_ERRORS):  # `reconcile` does it later
            close_parents(Tracker(MLRUNS), lambda flow_run: False, ending=this_process())
        raise


@flow(name="train", flow_run_name=_name, log_prints=True)
def train(experiment: ExperimentName, seeds: Seeds | None = None) -> list[Row]:
    """Train an experiment of params.yaml, with its seeds unless given. Runs that are trained are not trained again."""
    end_after_many_crashes()
    params = only(load(), experiment, seeds)
    if deployment.id:
        fetch_windows(params)
    with slot(), closing():
        rows = with_retries(lambda: train_runs(params, origin(), Progress(experiment)))
    show_runs(experiment, rows)
    return rows


@command("train")
def main() -> None:
    """Run the flow for the experiment that the command line names."""
    if len(sys.argv) != 2:
        raise UserError("name one experiment of params.yaml, as in `python -m flows.train am_64`")
    load().require(sys.argv[1])
    with prefect_at_hand():
        train(sys.argv[1])


if __name__ == "__main__":
    main()
