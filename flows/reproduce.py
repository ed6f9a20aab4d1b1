"""The flow `reproduce`: the data, a flow run for each experiment, then the verdicts and the page.

`python -m flows.reproduce` runs it once, one experiment after the other; with PREFECT_API_URL and
PREFECT_API_AUTH_STRING set, it shows in that server's UI. As a deployment it gives the experiments to the pool `gpu`.
`dvc repro` does the same without Prefect, and neither trains again what the other has trained.
"""

from typing import Any

from prefect import flow, task
from prefect.runtime import deployment

from flows.data import bring_data
from flows.fan_out import ask_for
from flows.names import Experiments, Originals, Seeds
from flows.retries import end_after_many_crashes, with_retries
from flows.show import show_verdicts
from flows.talk import prefect_at_hand
from flows.train import train
from flows.waiting import wait_for
from pipeline.base.console import command, say
from pipeline.base.files import read_json
from pipeline.base.layout import REPORTS
from pipeline.base.locks import hold
from pipeline.commands.champions import register_champions
from pipeline.commands.choice import write_choice
from pipeline.commands.verdicts import tag_verdicts
from pipeline.params import PARAMS, load
from pipeline.stages.judge import judge
from pipeline.stages.report import report
from pipeline.stages.tables import tables
from pipeline.stages.train import train as train_runs
from pipeline.stages.train import write_results


@task(name="judge")
def judge_claims() -> None:
    """Compare the results with the claims, and show the verdicts."""
    judge()
    show_verdicts(read_json(REPORTS / "verdicts.json"))


@task(name="report")
def write_page() -> None:
    """Write the pages, as the stage `report` does."""
    report()


@task(name="champions")
def name_champions() -> None:
    """Register the best network of each family in MLflow."""
    register_champions(load())


@task(name="verdicts")
def show_verdicts_in_mlflow() -> None:
    """Show the verdicts in MLflow's tables of experiments."""
    tag_verdicts()


def choose(run: dict[str, Any]) -> None:
    """Write the choice into params.yaml, as `make reproduce` does; None leaves a value unchanged."""
    for change in write_choice(PARAMS, {name: value for name, value in run.items() if value is not None}):
        say(f"reproduce: {change}")


def train_all() -> None:
    """Train every experiment that params.yaml asks for: in the pool `gpu` if deployed, else here."""
    if deployment.id:
        wait_for(ask_for(load()))
    else:
        for name in load().chosen():
            train(name)


def run_all() -> None:
    """Make the data, train, judge, and write the page."""
    end_after_many_crashes()
    bring_data()
    train_all()
    params = load()
    write_results(with_retries(lambda: train_runs(params, minutes=params.run.minutes)))
    tables()
    judge_claims()
    write_page()
    name_champions()
    show_verdicts_in_mlflow()


@flow(name="reproduce", flow_run_name="everything that params.yaml asks for", log_prints=True)
def reproduce(
    experiments: Experiments | None = None, seeds: Seeds | None = None, originals: Originals | None = None
) -> None:
    """Run what is asked for; None means as params.yaml says."""
    with hold("the flow `reproduce`", wait=True):
        choose({"experiments": experiments, "seeds": seeds, "originals": originals})
        run_all()


@command("reproduce")
def main() -> None:
    """Run the flow."""
    load()
    with prefect_at_hand():
        reproduce()


if __name__ == "__main__":
    main()
