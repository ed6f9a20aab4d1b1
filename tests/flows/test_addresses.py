"""What the services of a checkout hear of each other, and how many trainings there are at a time."""

from importlib import import_module
from pathlib import Path

import pytest

from flows.addresses import MARK, environment_of, health, own_hosts, own_origins, ports, workers_here
from pipeline.base.console import UserError


def test_the_services_find_each_other_on_the_ports_that_are_asked_for() -> None:
    found = environment_of(ports({"PREFECT_PORT": "4300"}), Path("/somewhere"))
    assert found["PREFECT_API_URL"] == found["PREFECT_UI_API_URL"] == "http://127.0.0.1:4300/api"
    assert found["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert found["PYTHONPATH"] == "/somewhere"
    import_module(found["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"])  # what Prefect would import when a flow begins
    assert found["PREFECT_HOME"] == "/somewhere/mlruns/prefect"  # beside the runs, so that it survives
    assert found["PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED"] == "false"  # to wait for a worker is no delay
    assert health(found) == {
        "prefect": "http://127.0.0.1:4300/api/health",
        "mlflow": "http://127.0.0.1:5000/health",
    }


def test_two_servers_cannot_have_one_port() -> None:
    with pytest.raises(UserError, match=r"^PREFECT_PORT and MLFLOW_PORT are both 4300; give each server its own"):
        ports({"PREFECT_PORT": "4300", "MLFLOW_PORT": "4300"})


def test_every_service_names_its_checkout(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert environment_of(ports({}), tmp_path / "link")[MARK] == str(tmp_path)


def test_a_server_has_two_names_and_the_origins_of_both() -> None:
    assert own_hosts(4300) == ["127.0.0.1:4300", "localhost:4300"]
    assert own_origins(4300) == ["http://127.0.0.1:4300", "http://localhost:4300"]
    assert own_hosts(80) == ["127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"]  # a browser leaves it out


def test_there_is_one_training_a_gpu_else_as_many_as_workers_says_else_one_a_core() -> None:
    assert workers_here({"WORKERS": "5"}, gpus=2, cores=8) == 2
    assert workers_here({"WORKERS": "5"}, gpus=0, cores=8) == 5
    assert workers_here({}, gpus=0, cores=8) == 8


@pytest.mark.parametrize("text", ["0", "x", "-1", "1.5"])
def test_a_wrong_number_of_workers_is_said(text: str) -> None:
    with pytest.raises(UserError, match=f"^WORKERS={text}: write a whole number, 1 or more"):
        workers_here({"WORKERS": text}, gpus=0, cores=8)
