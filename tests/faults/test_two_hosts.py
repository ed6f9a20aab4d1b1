"""Two hosts and a server between them, each with its own checkout and home: the weights are those of one machine."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load.services import dvc, make_checkout, stage, until
from pipeline.base.files import read_json
from tests.faults.hosts import Host, connect, hosts, why_not
from tests.faults.reproduction import ASK

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]
PARAMS = """
run: {seeds: 1, experiments: all}
sounds: {views: {}}
experiments:
  automata:
    am_1: {document: "000", variant: lstm, units: 32, epochs: 20, samples: 200, test: 50}
    am_2: {from: am_1, variant: relu_rnn}
    am_3: {from: am_1, units: 16}
"""
LOGIN = "admin:not-a-secret"
EVERYWHERE = "0.0.0.0"  # noqa: S104  every address of the test's own host
FOUND = """
import json
from mlflow import MlflowClient
client = MlflowClient()
ids = [client.get_experiment_by_name("reprise/automata").experiment_id]
runs = client.search_runs(ids, "tags.kind = 'run'")
parts = [(run.info.run_name.split()[0], run.info.status, run.data.tags["process"].split(":")[0]) for run in runs]
print(json.dumps(parts))
"""


def weights(folder: Path) -> dict[str, str]:
    return {row["experiment"]: row["weights_sha256"] for row in read_json(folder / "reports/results.json")}


def addresses(at: str) -> dict[str, str]:
    api = {"PREFECT_API_URL": f"http://{at}:4200/api", "PREFECT_API_AUTH_STRING": LOGIN}
    return {**api, "MLFLOW_TRACKING_URI": f"http://{at}:5000"}


def serve(host: Host, *reached: str) -> None:
    """Start both servers as docs/cluster.md has it, and make on them what flows need."""
    host.start("-m", "prefect", "server", "start", "--host", EVERYWHERE, PREFECT_SERVER_API_AUTH_STRING=LOGIN)
    allowed = ",".join(f"{at}:5000" for at in reached)
    store = ["--backend-store-uri", "sqlite:///mlruns/mlflow.db", "--artifacts-destination", "mlruns/artifacts"]
    host.start("-m", "mlflow", "server", "--host", EVERYWHERE, "--workers", "1", "--allowed-hosts", allowed, *store)

    def provisioned() -> bool:
        try:
            return "are ready" in host.run("-m", "flows.provision", **addresses("127.0.0.1"))
        except subprocess.CalledProcessError:
            return False

    until(provisioned, 120)


@pytest.fixture(scope="module")
def machines(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Host]]:
    """Hosts with the checkouts; the first has made the data and pushed them, the lock is everywhere."""
    folder = tmp_path_factory.mktemp("hosts")
    with hosts(folder, "servers", "owner", "other") as found:
        for host in found:
            make_checkout(host.checkout, PARAMS, migrated_store)
            dvc(host.checkout, "remote", "add", "-q", "-d", "store", str(folder / "remote"))
        _, owner, other = found
        dvc(owner.checkout, "repro", "-q", "windows")
        dvc(owner.checkout, "push", "-q", "windows")
        (other.checkout / "dvc.lock").write_bytes((owner.checkout / "dvc.lock").read_bytes())
        yield found


@pytest.fixture(scope="module")
def state(machines: list[Host]) -> str:
    """What became of a reproduction over both hosts."""
    servers, owner, other = machines
    at = [connect(servers, host, subnet) for subnet, host in enumerate((owner, other), 1)]
    serve(servers, "127.0.0.1", *at)
    for pool, host, address in (("cpu", owner, at[0]), ("gpu", owner, at[0]), ("gpu", other, at[1])):
        host.start("-m", "flows.worker", pool, "0", WORKERS="2", **addresses(address))
    return servers.run("-c", ASK, **addresses("127.0.0.1"))


def test_the_reproduction_completes(state: str) -> None:
    assert state.startswith("COMPLETED"), state


def test_both_hosts_have_trained_and_each_run_is_finished_once(state: str, machines: list[Host]) -> None:
    runs: list[list[Any]] = json.loads(machines[0].run("-c", FOUND, **addresses("127.0.0.1")).splitlines()[-1])
    assert sorted(run[0] for run in runs) == ["am_1", "am_2", "am_3"]
    assert {run[1] for run in runs} == {"FINISHED"}
    assert {run[2] for run in runs} == {"owner", "other"}
    assert (machines[2].checkout / "data/windows").is_dir()  # by `dvc pull`


def test_the_weights_are_those_of_one_machine(
    state: str, machines: list[Host], migrated_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    alone = tmp_path_factory.mktemp("alone")
    make_checkout(alone, PARAMS, migrated_store)
    stage(alone, "windows", "automata")
    stage(alone, "train")
    assert weights(machines[1].checkout) == weights(alone)
