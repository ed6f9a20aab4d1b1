"""Every machine runs the flows of its own checkout, wherever the deployments were made."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from flows.checkout import enter


def test_a_flow_run_begins_in_the_checkout_of_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.cwd())
    monkeypatch.setenv("REPRISE_CHECKOUT", str(tmp_path))
    assert enter() == {"directory": str(tmp_path)}
    assert Path.cwd() == tmp_path


def test_every_deployment_begins_so() -> None:
    values = YAML(typ="safe").load(Path("prefect.yaml").read_text(encoding="utf-8"))
    assert values["pull"] == [{"flows.checkout.enter": {}}]
    assert not any("pull" in deployment for deployment in values["deployments"])
