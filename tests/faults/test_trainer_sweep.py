"""The trainer, killed with SIGKILL at its file operations, in the worker and in the process that delivers to MLflow.

After each kill nothing partial has a final name, and the next try ends as one that nobody disturbed: the same weights,
one finished run with all its files, and no point twice.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.trainer_sweep import choose, params
from tests.made_runs import make_windows

ROOT = Path(__file__).resolve().parents[2]


def swept(folder: Path, store: Path, variant: str, most: int, *processes: str) -> dict[str, Any]:
    (family,) = {experiment.family for experiment in params(variant).experiments.values()}
    make_windows(params(variant), family, folder / "windows")
    shutil.copytree(store, folder / "mlruns")
    words = [sys.executable, "-m", "tests.faults.trainer_sweep", str(folder), variant, *processes]
    environment = {**os.environ, "MOST": str(most)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any]) -> None:
    assert found["wrong"] == [] and isinstance(found["undisturbed"], dict), found
    assert {run["status"] for run in found["undisturbed"]["runs"].values()} == {"FINISHED"}
    assert len(found["undisturbed"]["runs"]) == 2 and found["undisturbed"]["left"] == []  # the run and its parent


def test_the_first_operation_of_each_kind_is_chosen_before_others() -> None:
    kinds = ["open", "rename", "open", "open", "remove"]
    assert choose(kinds, 3) == [1, 2, 5] and choose(kinds, 2) == [1, 5]
    assert choose(kinds, 4) == [1, 2, 3, 5] and choose(kinds, 99) == [1, 2, 3, 4, 5]


def test_a_delivery_that_is_killed_is_done_once(migrated_store: Path, tmp_path: Path) -> None:
    found = swept(tmp_path / "origin", migrated_store, "constant", 2, "parent")
    check(found)
    assert found["parent"]["killed"] == 2


@pytest.mark.services
def test_at_every_kind_of_operation(migrated_store: Path, tmp_path: Path) -> None:
    found = swept(tmp_path / "origin", migrated_store, "relu_rnn", 60, "worker", "parent")
    check(found)
    assert found["worker"]["killed"] == found["worker"]["operations"] >= 20  # four checkpoints, the model, the result
    assert found["parent"]["kinds"] <= found["parent"]["killed"] == min(60, found["parent"]["operations"])
