"""A run that is killed with SIGKILL again and again, at every operation, ends with the bits of one left in peace."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.running.plan import plan
from pipeline.tracking.tracker import Tracker
from pipeline.training.rows import Row
from pipeline.training.trainer import Trainer
from tests.faults import victim
from tests.made_runs import make_windows, trained

ROOT = Path(__file__).resolve().parents[2]
KILLS = [
    ("write", 1),
    ("write", 2),
    ("half", 2),
    ("rename", 3),
    ("renamed", 4),
    ("log", 5),
    ("logged", 6),
    ("finish", 0),
    ("finished", 0),
]


@pytest.fixture(scope="module")
def folder(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills")
    make_windows(victim.params(), "automata", folder / "windows")
    shutil.copytree(migrated_store, folder / "mlruns")
    return folder


def kill(folder: Path, moment: str, epoch: int) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "tests.faults.victim", str(folder), moment, str(epoch)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def story(folder: Path) -> tuple[list[str], Row]:
    """Each kill in turn, then one try that nobody disturbs. Returns (what each try said, the row)."""
    said = []
    for moment, epoch in KILLS:
        killed = kill(folder, moment, epoch)
        by_itself = moment in ("log", "logged", "finish", "finished")
        assert killed.returncode == (-9 if by_itself else 1), killed.stdout + killed.stderr
        assert by_itself or "its process ended with status -9" in killed.stderr
        said.append(killed.stdout)
    (row,) = victim.run(folder, "none", 0)
    return said, row


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tensorflow: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Row, list[Any]]:
    trainer = Trainer()
    (run,) = plan(victim.params(), folder / "windows")
    row = trained(run, folder / "windows", tmp_path_factory.mktemp("unfinished"), trainer)
    assert trainer._compiled
    return row, trainer._compiled.model.get_weights()


def test_each_try_goes_on_where_the_one_before_was_killed(story: tuple[list[str], Row]) -> None:
    after = [[line.rpartition(" ")[2] for line in said.splitlines() if "resumes after" in line] for said in story[0]]
    assert after == [[], [], ["1"], ["1"], ["2"], ["4"], ["4"], ["5"], []]  # the last had only to be delivered


def test_the_history_is_the_same(story: tuple[list[str], Row], undisturbed: tuple[Row, list[Any]]) -> None:
    ours, theirs = dict(story[1]["history"]), dict(undisturbed[0]["history"])
    for times in ("seconds", "cpu_seconds"):
        assert len(ours.pop(times)) == len(theirs.pop(times)) == victim.EPOCHS
    assert ours == theirs
    assert story[1]["metrics"]["test_accuracy"] == undisturbed[0]["metrics"]["test_accuracy"]
    assert story[1]["confusion"] == undisturbed[0]["confusion"]


def test_the_weights_are_the_same_to_the_bit(
    folder: Path, story: tuple[list[str], Row], undisturbed: tuple[Row, list[Any]], tmp_path: Path
) -> None:
    import keras

    client = Tracker(folder / "mlruns").client
    path = client.download_artifacts(story[1]["mlflow_run_id"], "model.keras", str(tmp_path))
    weights = keras.saving.load_model(path, safe_mode=True).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(weights, undisturbed[1], strict=True))


def test_there_is_one_run_and_no_point_twice(folder: Path, story: tuple[list[str], Row]) -> None:
    tracker = Tracker(folder / "mlruns")
    (run,) = tracker._search("tags.kind = 'run'")
    assert run.info.status == "FINISHED" and run.info.run_id == story[1]["mlflow_run_id"]
    for name in run.data.metrics:
        steps = [point.step for point in tracker.client.get_metric_history(run.info.run_id, name)]
        assert len(steps) == len(set(steps))
    losses = tracker.client.get_metric_history(run.info.run_id, "loss")
    assert [point.value for point in sorted(losses, key=lambda p: p.step)] == story[1]["history"]["loss"]
    assert not list((folder / "mlruns/unfinished").iterdir())
