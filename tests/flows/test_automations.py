"""What the server does by itself, and that prefect.yaml speaks of the same tags, pools and flows."""

import asyncio
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from ruamel.yaml import YAML

from flows import provision, worker
from flows.addresses import HEARTBEAT
from flows.automations import AUTOMATIONS, REST, SILENCE, STARTS_AGAIN, _crashed, _silent, _unbegun, make_automations

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS = YAML(typ="safe", pure=True).load((ROOT / "prefect.yaml").read_text())["deployments"]


def test_a_flow_run_that_misses_several_signs_of_life_has_crashed() -> None:
    made = _silent()
    assert SILENCE.total_seconds() >= 2 * int(HEARTBEAT)
    assert {"prefect.flow-run.heartbeat", "prefect.flow-run.Completed"} <= made.trigger.expect  # type: ignore[union-attr]
    assert [action.state for action in made.actions] == [StateType.CRASHED]  # type: ignore[union-attr]


def test_one_that_is_claimed_and_does_not_begin_has_crashed_in_time_to_be_run_again_within_two_minutes() -> None:
    made = _unbegun()
    assert made.trigger.after == {"prefect.flow-run.Pending"}  # type: ignore[union-attr]
    assert {"prefect.flow-run.Running", "prefect.flow-run.Cancelled"} <= made.trigger.expect  # type: ignore[union-attr]
    assert made.trigger.within + REST < timedelta(seconds=110)  # type: ignore[union-attr]  # 5 s each to be noticed
    assert [action.state for action in made.actions] == [StateType.CRASHED]  # type: ignore[union-attr]


def test_one_that_a_person_has_switched_off_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    updated: list[Automation] = []

    async def read(name: str) -> Automation:
        return _silent().model_copy(update={"enabled": False, "actions": [], "name": name})

    async def update(self: Automation) -> None:
        updated.append(self)

    monkeypatch.setattr(Automation, "aread", read)
    monkeypatch.setattr(Automation, "aupdate", update)
    asyncio.run(make_automations())
    assert [(one.enabled, len(one.actions)) for one in updated] == [(False, 1)] * 3
    assert (_silent, _unbegun, _crashed) == AUTOMATIONS


def test_one_that_crashed_rests_and_starts_again_if_it_has_the_tag() -> None:
    made = _crashed()
    assert made.trigger.within == REST  # type: ignore[union-attr]
    assert f"prefect.tag.{STARTS_AGAIN}" in str(made.trigger.match_related)  # type: ignore[union-attr]
    assert [action.state for action in made.actions] == [StateType.SCHEDULED]  # type: ignore[union-attr]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_a_deployment_is_of_a_flow_and_a_pool_that_there_are(deployment: dict[str, Any]) -> None:
    path, name = deployment["entrypoint"].split(":")
    assert isinstance(getattr(import_module(path.removesuffix(".py").replace("/", ".")), name), Flow)
    assert deployment["work_pool"]["name"] in provision.POOLS
    assert (STARTS_AGAIN in deployment.get("tags", [])) == (deployment["name"] != "reconcile")


def test_a_worker_serves_the_pools_that_are_made() -> None:
    assert set(worker.POOLS) == set(provision.POOLS)
