"""A tracking server that dies while runs train: the training goes on, and all is delivered when the server is back."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mlflow import MlflowClient
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from urllib3.util import connection

from pipeline import perform as module
from pipeline.base.console import UserError
from pipeline.params import Params
from pipeline.perform import perform
from pipeline.running.devices import Slot
from pipeline.running.plan import plan
from pipeline.running.progress import TrainingProgress
from pipeline.spec.run import Run
from pipeline.tracking import delivery
from pipeline.tracking.tracker import Tracker
from pipeline.training.rows import Row
from tests.conftest import strings_params
from tests.faults.victim import EPOCHS
from tests.made_runs import make_windows

NAMES = ("am_a", "am_b", "am_c", "am_d")
Hear = Callable[[str, int], None]


class Server:
    """An MLflow server on a store of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        words += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self._folder / 'mlflow.db'}"]
        words += ["--artifacts-destination", str(self._folder / "artifacts")]
        slim = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, env=slim, stdout=log, stderr=log, start_new_session=True)
        for _ in range(600):
            assert self._process.poll() is None, (self._folder / "log").read_text()
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=5).close()  # noqa: S310
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@dataclass
class Scene:
    """Where the stories play: a server, the windows, and one run an experiment."""

    server: Server
    folder: Path
    runs: dict[str, Run]
    tries: list[int] = field(default_factory=list)

    def perform(self, names: list[str], at: Hear = lambda call, epoch: None) -> list[Row]:
        """Perform runs; `at` hears of a call to the tracker, and of the newest epoch in it, before it is made."""

        class Heard(Tracker):
            def logged(self, run_id: str) -> set[tuple[str, int]]:
                at("logged", 0)
                return super().logged(run_id)

            def log(self, run_id: str, points: Any) -> None:
                at("log", max((step for _, step, _ in points), default=0))
                super().log(run_id, points)

        windows = self.folder / "windows"
        tracker = Heard(self.folder / "mlruns")
        return perform([self.runs[name] for name in names], tracker, lambda name: [], windows, windows)

    def directory(self, name: str) -> Path:
        return self.folder / "mlruns/unfinished" / self.runs[name].key

    def found(self, name: str) -> list[Any]:
        return Tracker(self.folder / "mlruns")._search(f"tags.run_key = '{self.runs[name].key}'")

    def points(self, name: str) -> dict[str, list[tuple[int, float]]]:
        """Return the points of the one run of an experiment, by metric."""
        (run,) = self.found(name)
        client = Tracker(self.folder / "mlruns").client
        histories = {metric: client.get_metric_history(run.info.run_id, metric) for metric in run.data.metrics}
        return {metric: sorted((p.step, p.value) for p in history) for metric, history in histories.items()}


def params() -> Params:
    """One seed of some experiments with test parts of their own, so that each story has runs of its own."""
    given = strings_params(seeds=1)
    changes = [{"name": name, "epochs": EPOCHS, "test": 50 + more} for more, name in enumerate(NAMES)]
    made = {one["name"]: given.experiments["am_a"].model_copy(update=one) for one in changes}
    return given.model_copy(update={"experiments": made})


@pytest.fixture(scope="module")
def scene(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("outage")
    make_windows(params(), "automata", folder / "windows")
    server = Server(Path(shutil.copytree(migrated_store, folder / "server")))
    scene = Scene(server, folder, {run.experiment.name: run for run in plan(params(), folder / "windows")})
    connect = connection.create_connection

    def counted(address: tuple[str, int], *words: Any, **options: Any) -> socket.socket:
        scene.tries += [address[1]]
        return connect(address, *words, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server.address)
        patch.setattr(connection, "create_connection", counted)
        patch.setattr(delivery, "_EVERY", 0.0)  # the figures of every epoch go by themselves
        patch.setattr(module, "slots", lambda runs: [Slot("tensorflow", {})])  # one run after the other
        try:
            server.start()
            yield scene
        finally:
            server.kill()


def never(*_: object) -> NoReturn:
    raise AssertionError("a worker was started")


def expect_all_delivered(scene: Scene, rows: list[Row], names: list[str]) -> None:
    """Each run is there once, with every point once and all its files; nothing waits any more."""
    for row, name in zip(rows, names, strict=True):
        (run,) = scene.found(name)
        assert (run.info.status, run.info.run_id) == ("FINISHED", row["mlflow_run_id"])
        points = scene.points(name)
        for metric in ("loss", "accuracy", "seconds"):
            assert points[metric] == list(enumerate(row["history"][metric], 1)) and len(points[metric]) == EPOCHS
        validated = [(epoch, value) for epoch, value in enumerate(row["history"]["val_loss"], 1) if value is not None]
        assert points["val_loss"] == validated
        assert points["test_accuracy"] == [(EPOCHS, row["metrics"]["test_accuracy"])]
        client = Tracker(scene.folder / "mlruns").client
        files = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert files >= {"result.json", "model.keras", "confusion.json", "learning_curve.png", "examples"}
        assert client.get_run(run.data.tags["mlflow.parentRunId"]).info.status == "FINISHED"
    assert not list((scene.folder / "mlruns/unfinished").iterdir())
    assert not (scene.folder / "mlruns/mlflow.db").exists()


def test_runs_are_trained_to_their_end_and_delivered_next_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(delivery, "_PATIENCE", 1000.0)

    def dies(call: str, epoch: int) -> None:
        if (call, epoch) == ("log", 2):
            scene.server.kill()
            scene.tries.clear()

    names = ["am_a", "am_b"]
    with pytest.raises(
        UserError, match=r"^2 runs are trained but not in MLflow \(.*run `make reproduce` again"
    ) as said:
        scene.perform(names, dies)
    assert len(str(said.value).splitlines()) <= 2 and scene.server.address in str(said.value)
    assert 0 < scene.tries.count(scene.server.port) <= 4  # of some 20 calls, one, and one in the end, each tried twice
    assert capsys.readouterr().out.count("training goes on") == 1
    for name in names:
        assert {"result.json", "artifacts"} <= {path.name for path in scene.directory(name).iterdir()}
        assert (scene.directory(name) / "artifacts/model.keras").is_file()
    scene.server.start()
    assert scene.points("am_a")["loss"][-1][0] == 1 and not scene.found("am_b")  # the second had not begun
    monkeypatch.setattr(module, "Pool", never)
    rows = scene.perform(names)
    expect_all_delivered(scene, rows, names)
    assert scene.perform(names) == rows


def test_what_waits_is_delivered_in_the_end_if_the_server_is_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(delivery, "_PATIENCE", 1000.0)
    calls: list[str] = []

    def dies(call: str, epoch: int) -> None:
        calls.append(call)
        if (call, epoch) == ("log", 2):
            scene.server.kill()
            calls.clear()

    def is_back(*_: object) -> None:
        assert calls == []  # nobody has asked since
        scene.server.start()

    monkeypatch.setattr(TrainingProgress, "done", is_back)
    rows = scene.perform(["am_c"], dies)
    assert calls[:2] == ["logged", "log"]
    expect_all_delivered(scene, rows, ["am_c"])
    said = capsys.readouterr().out.splitlines()
    assert sum("training goes on" in line for line in said) == 1 and all(line.startswith("train: ") for line in said)


def test_a_result_of_which_the_server_has_a_part_is_delivered_whole(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_at(kind: Any, call: str, number: int) -> None:
        whole, calls = getattr(kind, call), []

        def made(*words: Any, **options: Any) -> None:
            calls.append(words)
            if len(calls) == number:
                scene.server.kill()
            whole(*words, **options)

        patch.setattr(kind, call, made)

    for kind, call, number in ((HttpArtifactRepository, "log_artifact", 2), (MlflowClient, "set_terminated", 1)):
        with pytest.MonkeyPatch.context() as patch:
            dies_at(kind, call, number)
            with pytest.raises(UserError, match=r"^1 run is trained but not in MLflow"):
                scene.perform(["am_d"])
        scene.server.start()
        (run,) = scene.found("am_d")
        assert run.info.status == "RUNNING" and Tracker(scene.folder / "mlruns").client.list_artifacts(run.info.run_id)
        monkeypatch.setattr(module, "Pool", never)  # after the first time there is nothing to train
    expect_all_delivered(scene, scene.perform(["am_d"]), ["am_d"])
