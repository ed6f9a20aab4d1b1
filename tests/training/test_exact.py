"""The canary: the same run gives the same bits, whatever was trained before it or beside it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running.devices import Slot
from pipeline.running.events import Finished
from pipeline.running.plan import plan
from pipeline.running.pool import Pool
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import train_run
from pipeline.spec.experiment import Experiment
from pipeline.spec.recurrent import Recurrent
from pipeline.spec.run import Run
from pipeline.training.rows import weights_digest
from pipeline.training.trainer import Trainer
from tests.conftest import strings_params

Digests = dict[str, str]
VARIANTS = ("relu_rnn", "rnn", "lstm", "lstm_state", "gru", "gru_before")


def variants() -> Params:
    """Two seeds of every variant, with and without dropout, three short epochs each."""
    params = strings_params()
    am_a = params.experiments["am_a"]
    drops = Recurrent(dropout=0.2, recurrent_dropout=0.3)
    kinds = {"": {}, "_dropout": {"recurrent": drops, "patience": 2, "protocol": "corrected"}}
    made: dict[str, Experiment] = {}
    for variant in VARIANTS:
        for ending, options in kinds.items():
            name = f"{variant}{ending}"
            made[name] = am_a.model_copy(update={"name": name, "variant": variant, **options})
    return params.model_copy(update={"experiments": made})


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exact")
    params = variants()
    inputs = Inputs(folder, folder, params.run.seeds, params.sounds)
    FAMILIES["automata"].make_windows(list(params.experiments.values()), inputs, folder / "automata")
    return folder


@pytest.fixture(scope="module")
def runs(windows: Path) -> list[Run]:
    return plan(variants(), windows)


def train(runs: list[Run], windows: Path, unfinished: Path) -> Digests:
    """Train runs one after the other with one trainer."""
    trainer, found = Trainer(), {}
    for run in runs:
        directory, family = RunDirectory(unfinished, run.key), FAMILIES[run.experiment.family]
        row = train_run(run, family, trainer, windows / family.name, directory, "", lambda epoch, figures: None)
        found[run.title] = row["weights_sha256"]
    return found


@pytest.fixture(scope="module")
def once(tensorflow: None, windows: Path, runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Digests:
    return train(runs, windows, tmp_path_factory.mktemp("unfinished"))


def test_every_variant_twice_and_the_seeds_in_the_other_order(
    once: Digests, windows: Path, runs: list[Run], tmp_path: Path
) -> None:
    again = train(runs[::-1], windows, tmp_path)
    assert again == once
    assert len(set(once.values())) == len(runs)  # and every run is one of its own


def test_alone_and_beside_other_workers(once: Digests, windows: Path, runs: list[Run], tmp_path: Path) -> None:
    few = [run for run in runs if run.experiment.name in ("gru", "lstm_dropout")]
    pool = Pool([Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})] * 2, windows, tmp_path)
    try:
        beside = {run.title: event.row for run, event in pool.run(few) if isinstance(event, Finished)}
    finally:
        pool.close()
    assert {title: row["weights_sha256"] for title, row in beside.items()} == {r.title: once[r.title] for r in few}


def embedded() -> tuple[Any, Any]:
    """Return (Compiled, rows) of a network whose embedding is hit by the same symbols again and again."""
    import keras

    from pipeline.networks import layers
    from pipeline.training.compiled import Compiled
    from pipeline.training.setup import Setup

    keras.utils.set_random_seed(0)
    symbols, lengths = keras.Input((12,), dtype="int32"), keras.Input((), dtype="int32")
    hidden = layers.GRU(6, use_cudnn=False)(keras.layers.Embedding(5, 7)(symbols))
    model = keras.Model([symbols, lengths], keras.layers.Dense(3)(hidden))
    random = np.random.default_rng(0)
    store = (random.integers(0, 5, (40, 12)), np.full(40, 12), random.integers(0, 3, 40))
    compiled = Compiled(Setup(model, keras.optimizers.Adam(0.01)))
    compiled.begin(model, tuple(array.astype(np.int32) for array in store))  # type: ignore[arg-type]
    return compiled, random.permutation(40).astype(np.int32).reshape(4, 10)


def test_the_gradient_of_an_embedding_is_the_same_twice(tensorflow: None) -> None:
    found = []
    for _ in range(2):
        compiled, rows = embedded()
        for _ in range(20):
            compiled.train_epoch(rows, 4)
        found.append(weights_digest(compiled.model.get_weights()))
    assert found[0] == found[1]
