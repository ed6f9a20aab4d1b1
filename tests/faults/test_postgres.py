"""Both servers on Postgres and behind a password, as docs/cluster.md has it: a reproduction goes through them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.load.services import environment_of, free_port, make_checkout, stage, until
from pipeline.base.files import read_json
from tests.faults.postgres import postgres, why_not
from tests.faults.reproduction import ASK

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]
PARAMS = """
run: {seeds: 1, experiments: all}
sounds: {views: {}}
experiments:
  automata:
    am_1: {document: "000", variant: lstm, units: 16, epochs: 10, samples: 200, test: 50}
    am_2: {from: am_1, variant: relu_rnn}
"""
LOGIN = ("admin", "a-password-for-tests")
FOUND = """
import json
from mlflow import MlflowClient
client = MlflowClient()
found = client.get_experiment_by_name("reprise/automata")
runs = client.search_runs([found.experiment_id], "tags.kind = 'run'")
print(json.dumps([found.artifact_location.partition(":")[0], *sorted(run.info.status for run in runs)]))
"""


class Site:
    """A checkout, and two servers on Postgres; what is started here ends with the body."""

    def __init__(self, folder: Path, database: str) -> None:
        prefect, mlflow = free_port(), free_port()
        self.folder, self.api, self.tracking = folder, f"http://127.0.0.1:{prefect}/api", f"http://127.0.0.1:{mlflow}"
        self.environment = {
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": ":".join(LOGIN),
            "MLFLOW_TRACKING_URI": self.tracking,
            "MLFLOW_TRACKING_USERNAME": LOGIN[0],
            "MLFLOW_TRACKING_PASSWORD": LOGIN[1],
        }
        self.of_servers = {
            "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{database}/prefect",
            "PREFECT_SERVER_API_AUTH_STRING": ":".join(LOGIN),
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            "MLFLOW_AUTH_ADMIN_PASSWORD": LOGIN[1],
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "not-a-secret",
        }
        store = ["--backend-store-uri", f"postgresql://{database}/mlflow"]
        kept = ["--artifacts-destination", str(folder / "artifacts")]
        self.servers = (
            ["prefect", "server", "start", "--port", str(prefect)],
            ["mlflow", "server", "--app-name", "basic-auth", "--port", str(mlflow), "--workers", "2", *store, *kept],
        )

    def words(self, *words: str) -> dict[str, Any]:
        """Return the options of a process in the checkout that runs Python with these words."""
        return {"args": [sys.executable, "-m", *words], "cwd": self.folder}

    @contextmanager
    def running(self, *words: str, **more: str) -> Iterator[None]:
        """Run Python with these words during the body."""
        own = environment_of(self.folder, {**self.environment, **more})
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(**self.words(*words), env=own, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def python(self, *words: str) -> str:
        """Run Python with these words to its end, and return what it says."""
        own = environment_of(self.folder, self.environment)
        line = [sys.executable, *words]
        return subprocess.run(line, cwd=self.folder, env=own, check=True, capture_output=True, text=True).stdout

    def answers(self) -> bool:
        """Say whether both servers do."""
        try:
            return all(
                requests.get(f"{address}/health", auth=LOGIN, timeout=5).ok for address in (self.api, self.tracking)
            )
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    make_checkout(folder, PARAMS)
    stage(folder, "windows", "automata")
    with postgres("prefect", "mlflow") as database, ExitStack() as stack:
        found = Site(folder, database)
        for words in found.servers:
            stack.enter_context(found.running(*words, **found.of_servers))
        until(found.answers, 180)
        found.python("-m", "flows.provision")
        for pool in ("cpu", "gpu"):
            stack.enter_context(found.running("flows.worker", pool, "0", WORKERS="2"))
        yield found


def test_nobody_enters_without_the_password(site: Site) -> None:
    for address in (f"{site.api}/flows/filter", f"{site.tracking}/api/2.0/mlflow/experiments/search"):
        for login in (None, ("admin", "wrong")):
            assert requests.post(address, json={"max_results": 5}, auth=login, timeout=20).status_code == 401
        assert requests.post(address, json={"max_results": 5} if "mlflow" in address else {}, auth=LOGIN, timeout=20).ok


def test_a_reproduction_goes_through_both(site: Site) -> None:
    assert site.python("-c", ASK).startswith("COMPLETED")
    assert site.python("-c", FOUND).splitlines()[-1] == '["mlflow-artifacts", "FINISHED", "FINISHED"]'
    assert len(read_json(site.folder / "reports/results.json")) == 2
    assert not (site.folder / "mlruns/mlflow.db").exists()
