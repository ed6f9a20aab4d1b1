"""Request one flow run per experiment, through the deployment `train` in the pool `gpu`.

A flow run that is requested twice, because the requesting one was itself restarted, is created once.
"""

from uuid import UUID

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.runtime import flow_run

from flows.train import title
from pipeline.params import Params

DEPLOYMENT = "train/train"


def ask_for(params: Params) -> dict[UUID, str]:
    """Request a flow run for each experiment, and return their names by id."""
    found = {}
    for name, experiment in params.chosen().items():
        seeds = params.seeds_of(experiment)
        asked = run_deployment(
            DEPLOYMENT,
            parameters={"experiment": name, "seeds": seeds},
            flow_run_name=title(name, seeds),
            idempotency_key=f"{flow_run.id}:{name}:{seeds}",
            timeout=0,
        )
        assert isinstance(asked, FlowRun)
        found[asked.id] = asked.name
    return found
