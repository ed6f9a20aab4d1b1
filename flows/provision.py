"""Set up what the server needs before a flow can run: pools, queues, automations, deployments. Safe to repeat."""

import asyncio
import os
import subprocess
import sys

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from flows.automations import make_automations
from pipeline.base.console import UserError, command, say

POOLS = {"cpu": "data, verdicts and the page", "gpu": "training: one run per GPU or share of the cores"}
QUEUES = {"urgent": 1, "default": 2}  # of the pool gpu; lower numbers go first


async def _make_pool(client: PrefectClient, name: str, about: str) -> None:
    template = ProcessWorker.get_default_base_job_template()
    pool = WorkPoolCreate(name=name, type="process", description=about, base_job_template=template)
    await client.create_work_pool(pool, overwrite=True)


async def _make_queue(client: PrefectClient, name: str, priority: int) -> None:
    try:
        queue = await client.read_work_queue_by_name(name, work_pool_name="gpu")
        await client.update_work_queue(queue.id, priority=priority)
    except ObjectNotFound:
        await client.create_work_queue(name, priority=priority, work_pool_name="gpu")


async def _make() -> None:
    async with get_client() as client:
        for name, about in POOLS.items():
            await _make_pool(client, name, about)
        for name, priority in QUEUES.items():
            await _make_queue(client, name, priority)
    await make_automations()


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
    asyncio.run(_make())
    _deploy()
    say("provision: pools, queues, automations and deployments are ready")


if __name__ == "__main__":
    main()
