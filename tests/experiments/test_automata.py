"""The automaton as document 000 ran it: its weights, strings, costs and accuracies (protocols, section 7)."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState

from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.networks.initial_weights import draw_weights
from pipeline.params import Params, parse
from pipeline.sources.generated.string_windows import draw_run
from pipeline.sources.generated.strings import as_text

AUTOMATA = FAMILIES["automata"]
COSTS = [0.693354927432704, 0.6925841641359683, 0.6929504976016594, 0.6935534073660182, 0.693502194166458]
ACCURACIES = [0.4, 0.8, 0.8, 0.5, 0.4]
SHOWN = ["zk4/b-(uzh+3)/1*n/3)-(66)", "1803-q1of*6/260+12-(7)", "9/e1i*1*0/0x9-n*fie*xxk"]


def document_params() -> Params:
    am_64 = {"document": "000", "variant": "lstm", "units": 64, "epochs": 10, "optimizer": {"name": "textbook_adam"}}
    return params_of({"am_64": am_64})


def params_of(entries: dict[str, Any]) -> Params:
    return parse({"run": {"seeds": 1}, "sounds": {"views": {}}, "experiments": {"automata": entries}})


def write(params: Params, folder: Path) -> None:
    inputs = Inputs(folder, folder, params.run.seeds, params.sounds)
    AUTOMATA.make_windows(list(params.experiments.values()), inputs, folder)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("windows")
    write(document_params(), folder)
    return folder


def test_the_initial_weights_are_the_documents() -> None:
    hidden, output = draw_weights(RandomState(1234), "lstm", 43, 64, 1)
    assert hidden[0, :4] == pytest.approx([0.01414305, -0.03572927, 0.04298121, -0.00937956], abs=1e-8)
    assert hidden.sum() == pytest.approx(4.792072927266063, rel=1e-12)
    assert output[:4, 0] == pytest.approx([-0.02105428, -0.002496, 0.04637098, 0.00677707], abs=1e-8)
    assert output.sum() == pytest.approx(0.09755280036158773, rel=1e-12)


def test_the_last_three_strings_are_those_that_the_document_shows(windows: Path) -> None:
    experiment = document_params().experiments["am_64"]
    data = AUTOMATA.load(experiment, 0, None, windows)
    assert [as_text(data.sequences[row], data.lengths[row]) for row in data.shown] == SHOWN
    assert data.targets[data.shown].tolist() == [0, 1, 0]


def test_every_row_has_one_place(windows: Path) -> None:
    experiment = document_params().experiments["am_64"]
    data = AUTOMATA.load(experiment, 0, None, windows)
    parts = [data.train(epoch).ravel() for epoch in range(1, 11)]
    parts += [data.validation(epoch) for epoch in range(1, 11)] + [data.test, data.shown]
    assert sorted(np.concatenate(parts).tolist()) == list(range(100_000 + 500 + 1000 + 3))
    assert [len(data.validation(epoch)) for epoch in (1, 2, 3, 4)] == [0, 100, 0, 100]
    assert data.train(3).shape == (1000, 10) and data.train(3)[0, 0] == 20_000


@pytest.mark.usefixtures("tensorflow")
def test_the_first_five_costs_and_accuracies_are_the_documents(windows: Path) -> None:
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    experiment = document_params().experiments["am_64"]
    data = AUTOMATA.load(experiment, 0, None, windows)
    model = AUTOMATA.network(experiment, data, 0)
    compiled = Compiled(Setup(model, make_optimizer(experiment.optimizer)))
    compiled.begin(model, (data.sequences, data.lengths, data.targets))
    losses, hits = compiled.train_epoch(data.train(1)[:5], 5)
    assert losses == pytest.approx(COSTS, abs=1e-6)
    assert hits == pytest.approx(ACCURACIES, abs=1e-6)
    kernel, recurrent = model.get_weights()[:2]
    assert kernel.sum() + recurrent.sum() == pytest.approx(3.879765263704101, abs=1e-4)


def five_updates(windows: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Train five batches in a stack on JAX: costs, accuracies, and the sum of the recurrent layer's kernels."""
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup
    from pipeline.training.stack import Stack

    experiment = document_params().experiments["am_64"]
    data = AUTOMATA.load(experiment, 0, None, windows)
    model = AUTOMATA.network(experiment, data, 0)
    stack = Stack(Setup(model, make_optimizer(experiment.optimizer)))
    stack.begin([model], [(data.sequences, data.lengths, data.targets)], [0])
    ((losses, hits),) = stack.train_epoch([data.train(1)[:5]])
    kernel, recurrent = stack.unload(0, model).get_weights()[:2]
    return losses, hits, float(kernel.sum() + recurrent.sum())


def test_they_are_on_jax_too(windows: Path, jax_process: ProcessPoolExecutor) -> None:
    losses, hits, total = jax_process.submit(five_updates, windows).result()
    assert losses == pytest.approx(COSTS, abs=1e-6)
    assert hits == pytest.approx(ACCURACIES, abs=1e-6)
    assert total == pytest.approx(3.879765263704101, abs=1e-4)


def test_a_seed_draws_the_same_strings_whatever_the_number_of_seeds() -> None:
    experiment = document_params().experiments["am_64"].model_copy(update={"samples": 50, "epochs": 2})
    once, again = draw_run(experiment, 1), draw_run(experiment, 1)
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert not np.array_equal(once["symbols"], draw_run(experiment, 2)["symbols"])


def test_an_example_is_printed_as_in_the_document(windows: Path) -> None:
    data = AUTOMATA.load(document_params().experiments["am_64"], 0, None, windows)
    example = AUTOMATA.example(data, int(data.shown[0]), np.array([np.log(0.92 / 0.08)], np.float32))
    assert example["text"] == f"{SHOWN[0]}: 잘못된 패턴 => 합격추정(0.92) : X"
    right = AUTOMATA.example(data, int(data.shown[2]), np.array([-9.0], np.float32))
    assert right["text"] == f"{SHOWN[2]}: 잘못된 패턴 => 탈락추정(0.00) : O"


def test_corrected_strings_are_one_set_for_all_networks_and_as_written_a_set_for_each(tmp_path: Path) -> None:
    own = {"document": "000", "variant": "lstm", "units": 4, "epochs": 2, "samples": 20}
    corrected = {"from": "a", "protocol": "corrected", "strings_of": 2}
    entries = {"a": own, "b": {"from": "a", "units": 5}, "c": corrected, "d": {"from": "c", "units": 5, "epochs": 0}}
    params = params_of(entries)
    write(params, tmp_path)
    a, b, c, d = (AUTOMATA.dataset(one, 0, None, tmp_path) for one in params.experiments.values())
    assert c == d and c.digest not in (a.digest, b.digest)
    assert a.digest != b.digest  # other initial weights have moved the stream
    assert len(list(tmp_path.iterdir())) == 3
    untrained, trained = (AUTOMATA.load(params.experiments[name], 0, None, tmp_path) for name in ("d", "c"))
    np.testing.assert_array_equal(untrained.train(1), np.arange(20).reshape(2, 10))
    assert trained.overlap == 0.0


def test_two_seeds_share_no_strings(windows: Path) -> None:
    assert AUTOMATA.load(document_params().experiments["am_64"], 0, None, windows).fresh
