"""What several tests need: the mirror of real recordings, where there is one, and small experiments."""

import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.networks.runtime import start_jax, start_tensorflow
from pipeline.params import Params, parse
from pipeline.running.plan import plan_one
from pipeline.running.train_run import write_model
from tests import made_results
from tests.checkouts import MORE, lay_out, reproduce
from tests.made_runs import make_windows

SHARED = "reproduced", "trained_checkout", "jax_process"  # made once: their tests stay on one process
MIRROR = Path(__file__).resolve().parents[1].parent / "shared" / "mirror"


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C through again: pytest-xdist's workers ignore it, and what they start would too."""
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one process, and those that share something costly, whichever file they are in."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        group = next((name for name in SHARED if name in names), item.path.as_posix())
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def mirror() -> Path:
    """The folder of the mirror; skips, saying so, where there is none."""
    if not MIRROR.is_dir():
        pytest.skip(f"no mirror of real data at {MIRROR}")
    return MIRROR


@pytest.fixture(scope="session")
def tensorflow() -> None:
    """TensorFlow as a worker has it: one core, quiet."""
    start_tensorflow()


@pytest.fixture(scope="session")
def jax_process() -> Iterator[ProcessPoolExecutor]:
    """A process with Keras on JAX, since one has one backend: submit functions to it that return arrays."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=start_jax) as pool:
        yield pool


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an MLflow database and no experiment of ours in it, to be copied: to make one takes seconds."""
    from pipeline.tracking.store import make_database

    folder = tmp_path_factory.mktemp("store") / "mlruns"
    make_database(folder / "mlflow.db")
    return folder


@pytest.fixture
def mlruns(migrated_store: Path, tmp_path: Path) -> Path:
    """An empty MLflow store of this test alone."""
    return Path(shutil.copytree(migrated_store, tmp_path / "mlruns"))


def strings_params(**changes: object) -> Params:
    """Params of two small automaton experiments, an LSTM and a ReLU RNN."""
    small = {"document": "000", "units": 4, "epochs": 3, "samples": 100, "test": 50, "labels": {"quick": True}}
    small |= {"optimizer": {"name": "textbook_adam"}}
    experiments = {"am_a": {**small, "variant": "lstm"}, "am_b": {**small, "variant": "relu_rnn"}}
    return parse({"run": {"seeds": 2, **changes}, "sounds": {"views": {}}, "experiments": {"automata": experiments}})


@pytest.fixture
def strings_windows(tmp_path: Path) -> tuple[Params, Path]:
    """The windows of `strings_params` on disk, as (params, folder)."""
    params = strings_params()
    inputs = Inputs(tmp_path, tmp_path, params.run.seeds, params.sounds)
    automata = FAMILIES["automata"]
    automata.make_windows(list(params.experiments.values()), inputs, tmp_path / "windows/automata")
    return params, tmp_path / "windows"


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which everything is reproduced, on a tiny sample. Leave it as it is."""
    folder = lay_out(tmp_path_factory.mktemp("reproduced"), MORE)
    done = reproduce(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def trained_checkout(tmp_path_factory: pytest.TempPathFactory, migrated_store: Path, tensorflow: None) -> Path:
    """A folder with windows and a store in which am_a has two finished runs and am_b none. Leave it as it is.

    The networks have their initial weights and made figures, seed 1 the better ones: to train them takes half a minute.
    """
    from pipeline.tracking.tracker import Tracker

    folder, params = tmp_path_factory.mktemp("asked"), strings_params()
    automata = FAMILIES["automata"]
    make_windows(params, "automata", folder / "data/windows")
    tracker = Tracker(Path(shutil.copytree(migrated_store, folder / "mlruns")))
    for run in plan_one(params.experiments["am_a"], 2, folder / "data/windows"):
        figures = {"val_accuracy": [0.5, 0.5 + run.seed / 10, None], "val_loss": [0.7, 0.6, None]}
        row = made_results.run("am_64", run.seed, run_key=run.key, history=figures)
        data = automata.load(run.experiment, run.seed, None, folder / "data/windows/automata")
        left = folder / f"left/{run.seed}"
        left.mkdir(parents=True)
        write_model(automata.network(run.experiment, data, run.seed), left / "model.keras")
        tracker.finish(tracker.begin(run, tracker.parent(run)), row, left)
    return folder


@pytest.fixture
def checkout(trained_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Params]:
    """A copy of it as the working directory, as (tracker, params)."""
    from pipeline.tracking.tracker import Tracker

    monkeypatch.chdir(shutil.copytree(trained_checkout, tmp_path / "checkout"))
    return Tracker(Path("mlruns")), strings_params()
