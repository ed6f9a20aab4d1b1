"""Set up what the server needs before a flow can run: pools, queues, automations, deployments. Safe to repeat.

What a person has set in the UI stays: pauses, limits and priorities, and schedules. `prefect deploy --all` sets the
schedules and limits of prefect.yaml again.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from flows.automations import make_automations
from flows.talk import prefect_at_hand
from pipeline.base.console import UserError, command, say

POOLS = {"cpu": "data, verdicts and the page", "gpu": "training: one run per GPU or share of the cores"}
QUEUES = {"urgent": 1, "default": 2}  # of the pool gpu; lower numbers go first


JOBS: dict[str, Any] = {  # of both pools: a flow run can name neither its command nor its environment or folder
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}


async def _make_pool(client: PrefectClient, name: str, about: str) -> None:
    try:
        await client.read_work_pool(name)
        await client.update_work_pool(name, WorkPoolUpdate(base_job_template=JOBS))
    except ObjectNotFound:
        await client.create_work_pool(
            WorkPoolCreate(name=name, type="process", description=about, base_job_template=JOBS)
        )


async def _make_queue(client: PrefectClient, name: str, priority: int) -> None:
    try:
        await client.read_work_queue_by_name(name, work_pool_name="gpu")
    except ObjectNotFound:
        await client.create_work_queue(name, priority=priority, work_pool_name="gpu")


async def _make() -> None:
    async with get_client() as client:
        for name, about in POOLS.items():
            await _make_pool(client, name, about)
        for name, priority in QUEUES.items():
            await _make_queue(client, name, priority)
    await make_automations()


def settings_of(deployment: DeploymentResponse) -> DeploymentUpdate:
    """Copy what a person can set for a deployment in the UI, and `prefect deploy` would overwrite."""
    limit = deployment.global_concurrency_limit
    schedules = [
        DeploymentScheduleUpdate(schedule=one.schedule, active=one.active, parameters=one.parameters, slug=one.slug)
        for one in deployment.schedules
    ]
    return DeploymentUpdate(
        paused=deployment.paused,
        concurrency_limit=limit.limit if limit else None,
        concurrency_options=deployment.concurrency_options,
        schedules=schedules,
    )


@contextmanager
def kept_settings() -> Iterator[None]:
    """Put the settings of all deployments back after the body."""
    with get_client(sync_client=True) as client:
        kept = {one.id: settings_of(one) for one in client.read_deployments()}
        try:
            yield
        finally:
            for which, settings in kept.items():
                client.update_deployment(which, settings)


def _deploy() -> None:
    words = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise UserError(f"prefect.yaml: {said[-1] if said else 'prefect deploy gave no reason'}")


@command("provision")
def main() -> None:
    """Set up the server that PREFECT_API_URL names."""
    if "PREFECT_API_URL" not in os.environ:
        raise UserError("PREFECT_API_URL is not set; `make up` sets it")
    with prefect_at_hand():
        asyncio.run(_make())
        with kept_settings():
            _deploy()
    say("provision: pools, queues, automations and deployments are ready")


if __name__ == "__main__":
    main()
