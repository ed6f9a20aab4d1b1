"""Every stage, killed with SIGKILL before its file operations: nothing partial has a final name, and the next run ends
with the digests of one that was left in peace.

The short form takes some operations of each stage; `make faults` takes every one.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kill_sweep import spread

ROOT = Path(__file__).resolve().parents[2]
STAGES = [
    "download",
    "spectra",
    "windows automata",
    "windows sounds",
    "originals digits",
    "windows digits",
    "judge",
    "report",
]


def swept(folder: Path, stage: str, most: int) -> dict[str, Any]:
    environment = {**os.environ, "MOST": str(most), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.faults.kill_sweep", *stage.split()]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any], most: int) -> None:
    assert found["killed"] == min(found["operations"], most) >= 3
    assert found["wrong"] == [] and found["left"] == [] and found["end"] == {}


@pytest.fixture
def checkout(reproduced: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".git", "mlruns", "cache")
    return Path(shutil.copytree(reproduced, tmp_path / "checkout", ignore=ignored))


def test_operations_are_taken_once_and_spread_from_the_first_to_the_last() -> None:
    assert spread(5, 10_000) == [1, 2, 3, 4, 5] and spread(9, 3) == [1, 5, 9] and spread(9, 1) == [1]


@pytest.mark.parametrize("stage", ["windows automata", "originals digits"])
def test_a_stage_that_is_killed_leaves_nothing_partial(checkout: Path, stage: str) -> None:
    check(swept(checkout, stage, 3), 3)


@pytest.mark.services
@pytest.mark.parametrize("stage", STAGES)
def test_at_every_operation(checkout: Path, stage: str) -> None:
    most = 40 if stage == "report" else 10_000  # it draws every chart each time
    check(swept(checkout, stage, most), most)
