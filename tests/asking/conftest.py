"""A small checkout whose networks are trained and in MLflow, to be asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.params import Params
from pipeline.running.plan import plan_one
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.tracking.tracker import Tracker
from pipeline.training.trainer import Trainer
from tests.conftest import strings_params
from tests.made_runs import make_windows, trained


@pytest.fixture(scope="session")
def trained_checkout(tmp_path_factory: pytest.TempPathFactory, migrated_store: Path, tensorflow: None) -> Path:
    """A folder with windows and a store in which am_a has two finished runs and am_b none. Leave it as it is."""
    folder, params = tmp_path_factory.mktemp("asked"), strings_params()
    make_windows(params, "automata", folder / "data/windows")
    mlruns = Path(shutil.copytree(migrated_store, folder / "mlruns"))
    tracker, trainer = Tracker(mlruns), Trainer()
    for run in plan_one(params.experiments["am_a"], 2, folder / "data/windows"):
        row = trained(run, folder / "data/windows", mlruns / UNFINISHED, trainer)
        run_id = tracker.begin(run, tracker.parent(run))
        tracker.finish(run_id, row, RunDirectory(mlruns / UNFINISHED, run.key).artifacts)
    return folder


@pytest.fixture
def checkout(
    trained_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Tracker, Params]]:
    """A copy of it as the working directory, as (tracker, params)."""
    folder = shutil.copytree(trained_checkout, tmp_path / "checkout")
    monkeypatch.chdir(folder)
    yield Tracker(Path("mlruns")), strings_params()
