"""A disk that is really full, in the middle of a stage: a small file system of its own, where one may be mounted."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import door
from pipeline.perform import perform
from pipeline.running import pool as pool_module
from pipeline.running import run_directory, train_run, worker
from pipeline.running.plan import plan
from pipeline.tracking import artifacts
from pipeline.tracking.store import readable_errors
from pipeline.tracking.tracker import Tracker
from pipeline.training.checkpoints import Checkpoint, save
from pipeline.training.rows import Row, weights_digest
from tests.faults import victim
from tests.faults.conftest import Mount
from tests.faults.disks import fill, free
from tests.made_runs import make_windows, trained

ROOT = Path(__file__).resolve().parents[2]
_FULL = "REPRISE_TEST_FULL"
STORIES = {  # a disk, and the moments at which it gets full, one after the other
    "mlruns/unfinished": ["checkpoint", "model", "result"],
    "mlruns": ["checkpoint", "pictures", "files"],
}


def stage(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", f"pipeline.stages.{name}"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "size"), [("download", "2m"), ("spectra", "1m")])
def test_a_full_disk_is_one_message_and_leaves_nothing(tmp_path: Path, mount: Mount, name: str, size: str) -> None:
    small = (ROOT / "params.yaml").read_text().replace("seconds: 4.0", "seconds: 1.0").replace("folds: 3", "folds: 2")
    (tmp_path / "params.yaml").write_text(small)
    if name == "spectra":
        assert stage(tmp_path, "download").returncode == 0
    target = tmp_path / {"download": "data", "spectra": "data/spectra"}[name]
    mount(target, size)
    failed = stage(tmp_path, name)
    assert failed.returncode == 1
    assert "the disk is full" in failed.stderr and failed.stderr.count("\n") == 1
    assert not [path for path in target.rglob("*") if path.is_file()]


def filling(disk: Path, call: Callable[..., Any], pages: int = 1) -> Callable[..., Any]:
    """Return a call that fills the disk before it is made."""

    def made(*words: Any, **options: Any) -> Any:
        fill(disk, pages)
        return call(*words, **options)

    return made


def save_third(disk: Path, folder: Path, checkpoint: Checkpoint) -> None:
    """Save a checkpoint; at the third there is no room."""
    if checkpoint.epoch == 3:
        fill(disk)
    save(folder, checkpoint)


def work(pipe: Connection, windows: Path, unfinished: Path, device: Mapping[str, str], engine: str) -> None:
    """Stand in for `pipeline.running.worker.work`: a checkpoint after every epoch, and a full disk at the moment."""
    moment, _, name = os.environ[_FULL].partition(" ")
    disk = Path(name)
    if moment == "checkpoint":
        train_run.save = partial(save_third, disk)
    elif moment == "model":
        train_run.write_model = filling(disk, train_run.write_model)
    elif moment == "result":
        run_directory.write_json = filling(disk, run_directory.write_json, 0)
    worker.train_run = partial(worker.train_run, every=0.0)  # type: ignore[assignment]
    worker.work(pipe, windows, unfinished, device, engine)


def run(folder: Path) -> list[Row]:
    """Perform the run in a folder that holds its windows and an MLflow store, as the stage does."""
    windows, mlruns = folder / "windows", folder / "mlruns"
    with door("train"), readable_errors(mlruns):
        return perform(plan(victim.params(), windows), Tracker(mlruns), lambda name: [], windows, windows)


def run_into(folder: Path, disk: Path, moment: str) -> None:
    """Perform the run, with a disk that gets full at the moment: of the worker's, or of the parent's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_FULL, f"{moment} {disk}")
        patch.setattr(pool_module, "work", work)
        if moment == "pictures":
            patch.setattr(artifacts, "write_run", filling(disk, artifacts.write_run))
        elif moment == "files":
            patch.setattr(Tracker, "finish", filling(disk, Tracker.finish))
        run(folder)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    make_windows(victim.params(), "automata", folder / "windows")
    return folder / "windows"


@pytest.fixture(scope="module")
def undisturbed(tensorflow: None, windows: Path, tmp_path_factory: pytest.TempPathFactory) -> Row:
    (run,) = plan(victim.params(), windows)
    return trained(run, windows, tmp_path_factory.mktemp("unfinished"))


@pytest.fixture(params=STORIES)
def small(request: pytest.FixtureRequest, windows: Path, migrated_store: Path, tmp_path: Path, mount: Mount) -> Path:
    """A small disk, in a folder where all is laid out for the run."""
    disk = tmp_path / str(request.param)
    mount(disk, "8m")
    shutil.copytree(windows, tmp_path / "windows")
    shutil.copytree(migrated_store, tmp_path / "mlruns", dirs_exist_ok=True)
    return disk


def expect_delivered_once(folder: Path, row: Row) -> None:
    tracker = Tracker(folder / "mlruns")
    (found,) = tracker._search("tags.kind = 'run'")
    assert (found.info.status, found.info.run_id) == ("FINISHED", row["mlflow_run_id"])
    histories = {name: tracker.client.get_metric_history(found.info.run_id, name) for name in found.data.metrics}
    assert all(len(history) == len({point.step for point in history}) for history in histories.values())
    losses = sorted((point.step, point.value) for point in histories["loss"])
    assert losses == list(enumerate(row["history"]["loss"], 1)) and len(losses) == victim.EPOCHS
    assert not list((folder / "mlruns/unfinished").iterdir())


def test_a_run_goes_on_after_each_full_disk(
    small: Path, undisturbed: Row, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import keras

    went_on = []
    for moment in STORIES[str(small.relative_to(tmp_path))]:
        with pytest.raises(SystemExit, match="1"):
            run_into(tmp_path, small, moment)
        said, noise = capfd.readouterr()
        assert noise.startswith("train: ") and noise.count("\n") == 1 and "Traceback" not in said
        assert f"the disk is full while writing {tmp_path}/mlruns/" in noise
        assert not list(tmp_path.rglob("*.part*"))
        went_on += [line.rpartition(" ")[2] for line in said.splitlines() if "resumes after" in line]
        free(small)
    (row,) = run(tmp_path)
    went_on += [line.rpartition(" ")[2] for line in capfd.readouterr().out.splitlines() if "resumes after" in line]
    assert went_on == {"unfinished": ["2", "7", "7"], "mlruns": ["2"]}[small.name]  # then it had only to be delivered
    times = {"seconds": [], "cpu_seconds": []}
    assert {**row["history"], **times} == {**undisturbed["history"], **times}
    assert row["weights_sha256"] == undisturbed["weights_sha256"] and row["confusion"] == undisturbed["confusion"]
    model = Tracker(tmp_path / "mlruns").client.download_artifacts(row["mlflow_run_id"], "model.keras", str(tmp_path))
    assert weights_digest(keras.saving.load_model(model).get_weights()) == row["weights_sha256"]
    expect_delivered_once(tmp_path, row)
