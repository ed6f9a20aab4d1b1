"""What the server does by itself, and that prefect.yaml speaks of the same tags, pools and flows."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.client.schemas.objects import StateType
from ruamel.yaml import YAML

from flows import provision, worker
from flows.addresses import HEARTBEAT
from flows.automations import REST, SILENCE, STARTS_AGAIN, _crashed, _silent

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS = YAML(typ="safe", pure=True).load((ROOT / "prefect.yaml").read_text())["deployments"]


def test_a_flow_run_that_misses_several_signs_of_life_has_crashed() -> None:
    made = _silent()
    assert SILENCE.total_seconds() >= 2 * int(HEARTBEAT)
    assert {"prefect.flow-run.heartbeat", "prefect.flow-run.Completed"} <= made.trigger.expect  # type: ignore[union-attr]
    assert [action.state for action in made.actions] == [StateType.CRASHED]  # type: ignore[union-attr]


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
