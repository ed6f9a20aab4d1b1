"""A store of two thousand finished runs: what is up to date stays quick, whether all of them are asked for or few."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.networks.runtime import start_tensorflow
from pipeline.params import load
from pipeline.running.plan import plan
from pipeline.running.run_directory import RunDirectory
from pipeline.tracking.artifacts import write_run
from pipeline.tracking.tracker import Tracker
from tests.checkouts import PARAMS, lay_out, reproduce, with_every_family
from tests.full_store import fill
from tests.made_runs import trained

pytestmark = pytest.mark.services
SEEDS, EPOCHS = 1000, 30  # 1000 is the most; windows of digits are the same for every seed, so they take no longer
DIGITS = f"""\
  digits:
    first: {{document: "003", variant: rnn, units: 3, epochs: {EPOCHS}, batch: 256, labels: {{quick: true}}}}
    second: {{from: first, variant: lstm, labels: {{quick: true}}}}
"""
SMALL = PARAMS.partition("experiments:\n")[0].replace("seeds: 2, originals", f"seeds: {SEEDS}, originals")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose runs are all in its store, and its page made."""
    folder = lay_out(tmp_path_factory.mktemp("full"), with_every_family(f"{SMALL}experiments:\n{DIGITS}"))
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet", "windows"], cwd=folder, check=True)
    windows, apart = folder / "data/windows", tmp_path_factory.mktemp("unfinished")
    runs = plan(load(folder / "params.yaml"), windows)
    start_tensorflow()
    first = {run.experiment.name: run for run in reversed(runs)}
    rows = {name: trained(run, windows, apart) for name, run in first.items()}
    artifacts = RunDirectory(apart, runs[0].key).artifacts
    write_run(rows["first"], [], folder, artifacts)
    fill(Tracker(folder / "mlruns"), runs, rows, artifacts)
    assert (done := reproduce(folder)).returncode == 0, done.stdout + done.stderr
    assert f"{2 * SEEDS} runs requested, {2 * SEEDS} already trained, 0 to train" in done.stdout
    return folder


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the processes that are started: other work on the machine does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_stage(folder: Path, name: str) -> None:
    subprocess.run([sys.executable, "-m", f"pipeline.stages.{name}"], cwd=folder, check=True, capture_output=True)


def test_what_is_up_to_date_takes_less_than_ten_seconds(full: Path) -> None:
    taken = seconds(lambda: reproduce(full))
    print(f"up to date: {taken:.1f} s")  # noqa: T201
    assert taken < 10


def test_the_page_takes_less_than_twenty_seconds(full: Path) -> None:
    taken = {name: seconds(lambda name=name: run_stage(full, name)) for name in ("train", "judge", "report")}
    print(taken)  # noqa: T201
    assert taken["report"] < 20 and taken["judge"] < 20 and taken["train"] < 20
    assert sum(path.stat().st_size for path in (full / "reports/plots").iterdir()) < 3_000_000


def test_who_asks_for_few_runs_reads_few(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker, read = Tracker(full / "mlruns"), []
    search = tracker.client.search_runs
    monkeypatch.setattr(tracker.client, "search_runs", lambda *a, **k: read.append(found := search(*a, **k)) or found)
    keys = {run.key for run in plan(load(full / "params.yaml"), full / "data/windows")[::100]}
    assert tracker.finished(keys).keys() == keys and len(keys) == 20
    assert sum(map(len, read)) == 20
