"""`python -m benchmarks.gpu` with nothing but JAX, Keras and NumPy, and without a GPU. No time is asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.gpu import trainings
from benchmarks.gpu.report import Report, table
from pipeline.params import load
from pipeline.running.events import Failed

ROOT = Path(__file__).resolve().parents[2]
MISSING = ("tensorflow", "torch", "mlflow", "prefect", "dvc", "pydantic", "pandas", "librosa")
REFUSE = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {MISSING}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing else can be imported."""
    (tmp_path / "sitecustomize.py").write_text(REFUSE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS_", "TF_", "XLA_"))}
    return {**kept, "PYTHONPATH": str(tmp_path), "JAX_PLATFORMS": "cpu"}


def run(environment: dict[str, str], *options: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.gpu", *options]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_bare_environment_lacks_the_rest(bare: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import pydantic"], env=bare, capture_output=True, text=True, check=False
    )
    assert "No module named 'pydantic'" in done.stderr


def test_small_networks_go_through_every_section(bare: dict[str, str]) -> None:
    lines = run(bare, "--small", "--seconds", "250")
    figures = [json.loads(line) for line in lines if line.startswith("{")]
    assert [figure["section"] for figure in figures] == [
        "start",
        "exactness",
        *["goal"] * 4,
        "updates",
        "updates",
        "torch",
    ]
    assert not any("error" in figure or "stopped" in figure for figure in figures)
    _, exact, goal, losses, slow, _, kernel, scan, torch = figures
    assert set(exact["differences_to_alone"].values()) == {0.0} and exact["twice_the_same"]
    assert (goal["way"], slow["way"]) == ("kernel", "scan") and goal["seeds"] == slow["seeds"] == 3
    assert losses["first_loss"] != losses["last_loss"]
    assert (kernel["way"], scan["way"]) == ("kernel", "scan") and kernel["finite"] and scan["finite"]
    assert torch["skipped"] == "there is no torch here"
    assert lines[-4].startswith("| ms an update")


def test_a_machine_without_a_gpu_is_told_so_in_one_line(bare: dict[str, str]) -> None:
    assert run(bare) == [
        "bench gpu: there is no GPU here, nothing is measured; `--small` tries the program on a CPU",
    ]


def test_trainings_need_more_libraries(bare: dict[str, str]) -> None:
    lines = run(bare, "seeds", "--small")
    assert json.loads(lines[1]) == {"section": "seeds", "skipped": "there is no pydantic here"}


def test_the_grid_is_trained() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS_", "TF_", "XLA_"))}
    lines = run({**environment, "JAX_PLATFORMS": "cpu"}, "grid", "--small")
    _, plan, *ended = [json.loads(line) for line in lines if line.startswith("{")]
    assert plan["runs"] == 2 * plan["experiments"] == 2 * len(ended)
    assert ended[-1]["left"] == 0 and not any("error" in figure for figure in ended)


def test_the_cells_that_are_compared_are_in_the_grid() -> None:
    found = [one for one in trainings._some(load(), trainings.CELLS, 2) if one.family == "automata"]
    assert [one.epochs for one in found] == [2] * len(trainings.CELLS)


def test_two_failures_are_not_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = SimpleNamespace(key="a", seed=3, experiment=SimpleNamespace(name="am"))
    monkeypatch.setattr(trainings, "slots", lambda runs: [])
    monkeypatch.setattr(trainings, "_events", lambda *given: [(run, Failed("no memory"))])
    with pytest.raises(RuntimeError, match="am, seed 3: no memory"):
        trainings._digests([run], Path(), Path())
    with pytest.raises(RuntimeError, match="not killed"):
        trainings._kill_at_checkpoint([run], Path(), Path())


def test_a_section_stops_when_the_time_is_used_up(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(seconds=0)
    report.section = "goal"
    assert report.out_of_time()
    assert json.loads(capsys.readouterr().out) == {"section": "goal", "stopped": "the time budget is used up"}
    assert not Report(seconds=60).out_of_time()


def test_the_table_has_a_column_for_every_size_of_a_stack() -> None:
    figures = [
        {"work": "a", "way": "kernel", "stack": 1, "ms": 0.3201},
        {"work": "a", "way": "scan", "stack": 64, "ms": 16.35},
    ]
    assert table([*figures, {"error": "no memory"}]).splitlines()[2:] == [
        "| a | kernel | 0.32 |  |",
        "| a | scan |  | 16.4 |",
    ]
    assert table([{"experiment": "a", "wall_s": 3.0}]) == ""
