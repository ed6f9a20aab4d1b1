"""The set-up of a server: what a person has set stays, a flow run cannot name its command, and errors are said."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectNotFound
from prefect.server.api.validation import _validate_work_pool_job_variables
from prefect.workers.process import ProcessJobConfiguration

from flows import provision
from pipeline.base.console import UserError

TRIES = [{"command": "touch here"}, {"env": {"A": "b"}}, {"env.A": "b"}, {"working_dir": "/"}]


def test_without_a_server_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(SystemExit):
        provision.main()
    assert capsys.readouterr().err == "provision: PREFECT_API_URL is not set; `make up` sets it\n"


@pytest.mark.parametrize(("said", "shown"), [("first\nno such flow\n\n", "no such flow"), ("", "gave no reason")])
def test_a_deployment_that_cannot_be_made_says_why(said: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = SimpleNamespace(returncode=1, stdout=said, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(UserError, match=f"^prefect.yaml: .*{shown}$"):
        provision._deploy()


@pytest.mark.parametrize("variables", TRIES)
def test_the_server_refuses_a_flow_run_with_job_variables(variables: dict[str, Any]) -> None:
    none: Any = None  # the session, of which a template without blocks has no need
    with pytest.raises(Exception, match="Additional properties are not allowed"):
        asyncio.run(_validate_work_pool_job_variables(none, "gpu", provision.JOBS, {}, variables))
    asyncio.run(_validate_work_pool_job_variables(none, "gpu", provision.JOBS, {}, {}))


@pytest.mark.parametrize("variables", TRIES)
def test_a_worker_that_gets_one_all_the_same_does_not_heed_them(variables: dict[str, Any]) -> None:
    none: Any = object()  # the client, which would look up blocks
    configured = asyncio.run(ProcessJobConfiguration.from_template_and_values(provision.JOBS, variables, client=none))
    assert (configured.command, configured.env, configured.working_dir) == (None, {}, None)


class Client:
    """A server that notes what is changed; `there` says whether it has pools and queues."""

    def __init__(self, there: bool) -> None:
        self.there, self.changed = there, list[tuple[str, str, dict[str, Any]]]()

    async def read_work_pool(self, name: str) -> Any:
        return self._read()

    async def read_work_queue_by_name(self, name: str, work_pool_name: str) -> Any:
        return self._read()

    def _read(self) -> Any:
        if not self.there:
            raise ObjectNotFound(http_exc=RuntimeError())

    async def create_work_pool(self, pool: Any) -> None:
        self.changed.append(("made", pool.name, pool.model_dump(exclude_unset=True)))

    async def update_work_pool(self, name: str, pool: Any) -> None:
        self.changed.append(("updated", name, pool.model_dump(exclude_unset=True)))

    async def create_work_queue(self, name: str, priority: int, work_pool_name: str) -> None:
        self.changed.append(("made", name, {"priority": priority}))


async def _set_up(client: Any) -> None:
    await provision._make_pool(client, "gpu", "training")
    await provision._make_queue(client, "urgent", 1)


def test_pools_and_queues_are_made_and_later_only_the_jobs_are_updated() -> None:
    new, old = Client(there=False), Client(there=True)
    asyncio.run(_set_up(new))
    asyncio.run(_set_up(old))
    assert [(what, name) for what, name, _ in new.changed] == [("made", "gpu"), ("made", "urgent")]
    assert old.changed == [("updated", "gpu", {"base_job_template": provision.JOBS})]


def test_limits_and_schedules_of_a_deployment_are_put_back_even_if_the_new_ones_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weekly = IntervalSchedule(interval=timedelta(days=7))
    there: Any = SimpleNamespace(
        id=uuid4(),
        paused=True,
        global_concurrency_limit=SimpleNamespace(limit=5),
        concurrency_options=ConcurrencyOptions(collision_strategy="ENQUEUE"),
        schedules=[DeploymentScheduleCreate(schedule=weekly, active=False, slug="weekly", parameters={"seeds": 2})],
    )
    put: list[tuple[Any, DeploymentUpdate]] = []
    client = SimpleNamespace(
        read_deployments=lambda: [there], update_deployment=lambda which, settings: put.append((which, settings))
    )

    @contextmanager
    def get_client(sync_client: bool) -> Iterator[Any]:
        yield client

    monkeypatch.setattr(provision, "get_client", get_client)
    with pytest.raises(UserError), provision.kept_settings():
        there.schedules, there.global_concurrency_limit = [], None  # as `prefect deploy` may leave them
        raise UserError("prefect.yaml: wrong")
    ((which, settings),) = put
    assert which == there.id and settings.paused and settings.concurrency_limit == 5 and settings.concurrency_options
    (schedule,) = settings.schedules or []
    assert (schedule.active, schedule.slug, schedule.parameters) == (False, "weekly", {"seeds": 2})
    assert schedule.schedule == weekly
    assert not {"tags", "parameters", "job_variables"} & settings.model_fields_set  # they stay as they are
