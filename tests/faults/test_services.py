"""The real services, killed one after the other while a reproduction runs: it ends by itself, with the same bits."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from mlflow import MlflowClient
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from benchmarks.load.services import kept_up, make_checkout, stage, until
from pipeline.base.files import read_json
from pipeline.tracking.experiments import ids
from tests.faults.services import Disturbed

pytestmark = pytest.mark.services
PARAMS = """
run: {seeds: 1, experiments: [am_1, am_2, am_3]}
sounds: {views: {}}
experiments:
  automata:
    am_1: {document: "000", variant: lstm, units: 160, epochs: 60, samples: 2000, test: 50}
    am_2: {from: am_1, variant: relu_rnn, units: 320}
    am_3: {from: am_1, units: 16, epochs: 10}
    s_1: {from: am_1, units: 8, epochs: 40}
    s_2: {from: s_1, test: 52}
    s_3: {from: s_1, test: 53}
    s_4: {from: s_1, test: 54}
    s_5: {from: s_1, test: 55}
    s_6: {from: s_1, test: 56}
"""
NAMES = ("am_1", "am_2", "am_3")
SIX = tuple(f"s_{n}" for n in range(1, 7))


@pytest.fixture(scope="module")
def undisturbed(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digest of each network's weights when nothing is killed and no server takes part.

    Asked for by the first test: it is trained while the server still waits for a sign of life of what was killed.
    """
    folder = tmp_path_factory.mktemp("undisturbed")
    make_checkout(folder, PARAMS, migrated_store)
    stage(folder, "windows", "automata")
    stage(folder, "train")
    return weights(folder)


def weights(folder: Path) -> dict[str, str]:
    rows = read_json(folder / "reports/results.json")
    assert sorted(row["experiment"] for row in rows) == sorted(NAMES)
    return {row["experiment"]: row["weights_sha256"] for row in rows}


def _ended(ids: list[UUID]) -> list[FlowRun] | None:
    """Return flow runs once all have ended."""
    with get_client(sync_client=True) as client:
        found = [client.read_flow_run(one) for one in ids]
    return found if all(run.state and run.state.is_final() for run in found) else None


def mlflow_runs(tracking: str, status: str = "") -> dict[str, Any]:
    """Return the MLflow runs of seeds by their experiment; there is one each."""
    client = MlflowClient(tracking)
    condition = "tags.kind = 'run'" + (f" and attributes.status = '{status}'" if status else "")
    found = client.search_runs(ids(client), condition)
    names = [run.info.run_name.partition(" ")[0] for run in found]
    assert len(names) == len(set(names)), names
    return dict(zip(names, found, strict=True))


class Story:
    """A reproduction on real services, and what became of it."""

    def __init__(self, up: Disturbed) -> None:
        self.up = up
        with get_client(sync_client=True) as client:
            asked = client.create_flow_run_from_deployment(
                client.read_deployment_by_name("reproduce/reproduce").id, parameters={}
            )
        self.id: UUID = asked.id

    def flow_runs(self) -> dict[str, FlowRun]:
        """Return every flow run by its name."""
        with get_client(sync_client=True) as client:
            return {run.name: run for run in client.read_flow_runs()}

    def runs(self, status: str = "") -> dict[str, Any]:
        """Return its MLflow runs by their experiment."""
        found = mlflow_runs(self.up.tracking, status)
        return {name: run for name, run in found.items() if name in NAMES}

    def learns(self, name: str) -> Any:
        """Return the MLflow run of an experiment once it has figures."""
        return until(lambda: self.runs().get(name) if "loss" in _metrics(self.runs().get(name)) else None, 240)

    def engine(self, name: str) -> psutil.Process:
        """Return the process of the flow run that trains an experiment."""
        process = self.learns(name).data.tags["process"]
        return psutil.Process(int(process.rsplit(":", 2)[1]))


def _metrics(run: Any) -> dict[str, float]:
    return run.data.metrics if run else {}


@pytest.fixture(scope="module")
def up(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    folder = tmp_path_factory.mktemp("services")
    make_checkout(folder, PARAMS, migrated_store)
    stage(folder, "windows", "automata")
    with kept_up(Disturbed(folder, devices="0,1")) as found:
        lines = found.wait_until_up()
        assert any(found.api.removesuffix("/api") in line for line in lines), lines
        assert any(found.tracking in line for line in lines), lines
        with found.logged_in(), temporary_settings({PREFECT_API_URL: found.api, PREFECT_API_AUTH_STRING: found.login}):
            yield found


def _worker(engine: psutil.Process) -> psutil.Process:
    found = engine.parent()
    assert found and "worker start" in " ".join(found.cmdline())
    return found


def test_no_gpu_has_two_trainings_none_is_idle_and_the_urgent_one_comes_first(up: Disturbed) -> None:
    asked = [
        run_deployment(
            "train/train",
            parameters={"experiment": name},
            timeout=0,
            work_queue_name="urgent" if name == SIX[-1] else None,
        )
        for name in SIX
    ]
    ended = until(lambda: _ended([run.id for run in asked if isinstance(run, FlowRun)]), 240)
    assert len(ended) == 6 and all(run.state.is_completed() for run in ended)
    runs = mlflow_runs(up.tracking, "FINISHED")
    spans: dict[str, list[tuple[int, int]]] = {"0": [], "1": []}
    for name in SIX:
        spans[runs[name].data.tags["slot"]].append((runs[name].info.start_time, runs[name].info.end_time))
    for span in spans.values():
        assert len(span) >= 2
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(span)))
    assert any(start < end and begin < stop for start, stop in spans["0"] for begin, end in spans["1"])
    order = sorted(SIX, key=lambda name: runs[name].info.start_time)
    assert order.index(SIX[-1]) <= 2  # the two that had begun before it was asked for, and no other


def test_a_flow_run_cannot_name_the_command_that_its_worker_runs(up: Disturbed) -> None:
    made = up.folder / "made"
    variables = {"command": f"touch {made}"}
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("train/train")
        with pytest.raises(PrefectHTTPStatusError, match="422"):
            client.create_flow_run_from_deployment(
                deployment.id, parameters={"experiment": "s_1"}, job_variables=variables
            )
        one = {"flow_id": str(deployment.flow_id), "work_pool_name": "gpu", "state": {"type": "SCHEDULED"}}
        asked = client.request("POST", "/flow_runs/", json={**one, "job_variables": variables}).json()
    until(lambda: _ended([UUID(asked["id"])]), 120)  # a flow run without a deployment: the pool's template decides
    assert not made.exists()


@pytest.fixture(scope="module")
def story(up: Disturbed) -> Story:
    """Kill, each as soon as there is something to lose: a worker alone, a training, a worker with what it works at, the
    MLflow server and the Prefect server."""
    found = Story(up)
    alone = found.engine("am_1")
    _worker(alone).kill()
    training = [child for child in alone.children() if "spawn_main" in " ".join(child.cmdline())]
    training[0].kill()
    engine = found.engine("am_2")
    for process in (_worker(engine), *engine.children(recursive=True), engine):
        process.kill()
    for words in (("flows.mlflow_server",), ("flows.server",)):
        servers = up.those(*words)
        assert servers
        for process in servers:
            process.kill()
    until(_answers(found), 120)
    return found


def _answers(story: Story) -> Any:
    def answers() -> bool:
        try:
            return bool(story.flow_runs() and story.runs())
        except Exception:
            return False

    return answers


def test_the_reproduction_ends_by_itself(story: Story, undisturbed: dict[str, str]) -> None:
    def ended() -> FlowRun | None:
        with get_client(sync_client=True) as client:
            run = client.read_flow_run(story.id)
        return run if run.state and run.state.type in (StateType.COMPLETED, StateType.FAILED) else None

    run = until(ended, 480)
    assert run.state.is_completed(), run.state.message


def test_every_flow_run_has_completed_once(story: Story) -> None:
    runs = story.flow_runs()
    states = {name: run.state.type for name, run in runs.items() if run.state and run.state.type != "SCHEDULED"}
    assert {f"{name} · 1 seed" for name in NAMES} <= set(states)
    assert set(states.values()) == {StateType.COMPLETED}
    assert runs["am_2 · 1 seed"].run_count > 1  # started again, after it fell silent


def test_every_run_is_finished_once_and_none_is_left_open(story: Story) -> None:
    assert set(story.runs("FINISHED")) == set(NAMES)
    assert story.runs("RUNNING") == {}


def test_the_weights_are_those_that_nothing_has_disturbed(story: Story, undisturbed: dict[str, str]) -> None:
    assert weights(story.up.folder) == undisturbed


def test_all_ends_with_an_interrupt_and_the_next_start_knows_everything(story: Story) -> None:
    assert story.up.interrupt().splitlines()[-1] == "up: stopped"
    assert story.up.process.returncode == 0
    assert list(story.up.all()) == []
    with kept_up(Disturbed(story.up.folder, devices="0")) as again:
        again.wait_until_up()
        assert again.login == story.up.login
        with temporary_settings({PREFECT_API_URL: again.api, PREFECT_API_AUTH_STRING: again.login}):
            names = {f"{name} · 1 seed" for name in NAMES}
            assert names <= set(story.flow_runs())
            assert set(mlflow_runs(again.tracking, "FINISHED")) == {*NAMES, *SIX}


@pytest.fixture
def folder(up: Disturbed) -> Path:
    """The checkout, with nothing running in it."""
    up.end()
    return up.folder


def test_what_a_killed_start_leaves_behind_ends_with_make_down(folder: Path) -> None:
    with kept_up(Disturbed(folder, devices="0")) as killed:
        killed.wait_until_up()
        killed.process.kill()
        killed.process.wait()
        again = subprocess.run(
            [sys.executable, "-m", "flows.up"], **killed.place, capture_output=True, text=True, check=False
        )
        assert again.returncode == 1 and "this checkout is up since" in again.stderr
        done = subprocess.run([sys.executable, "-m", "flows.down"], **killed.place, check=True)
        assert done.returncode == 0 and list(killed.all()) == []


def test_a_flow_run_that_is_claimed_and_never_begins_is_run_again_within_two_minutes(folder: Path) -> None:
    with kept_up(Disturbed(folder, devices="0")) as again:
        again.wait_until_up()
        with temporary_settings({PREFECT_API_URL: again.api, PREFECT_API_AUTH_STRING: again.login}):
            asked = run_deployment("train/train", parameters={"experiment": "s_1"}, timeout=0)
            assert isinstance(asked, FlowRun)
            until(lambda: _states(asked.id)[-1].is_pending(), 120)
            for worker in again.those("worker start", "gpu"):
                worker.kill()
            until(lambda: _states(asked.id)[-1].is_completed(), 300)
            begun = [(kind, next(some)) for kind, some in groupby(_states(asked.id), lambda state: state.type.value)]
            assert [kind for kind, _ in begun[:4]] == ["SCHEDULED", "PENDING", "CRASHED", "SCHEDULED"]
            assert (begun[3][1].timestamp - begun[1][1].timestamp).total_seconds() < 120


def _states(which: UUID) -> list[State]:
    """Return every state of a flow run, the first first."""
    with get_client(sync_client=True) as client:
        return sorted(client.read_flow_run_states(which), key=lambda state: state.timestamp)
