"""The product of two marked numbers: drawn as the document draws, and what is measured of it."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.experiments.product import draw
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.spec.data import ABSENT
from tests.made_runs import make_windows, trained, trained_on_jax

PRODUCT = FAMILIES["product"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    guess = {"document": "004", "variant": "constant", "units": 0, "epochs": 0, "loss": "mse"}
    rnn = {"from": "guess", "variant": "rnn", "units": 3, "layers": 2, "epochs": 1, "batch": 32}
    run, experiments = {"seeds": 2, "experiments": "all"}, {"guess": guess, "rnn": rnn}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"product": experiments}})
    folder = tmp_path_factory.mktemp("product")
    make_windows(params, "product", folder)
    return params, folder


def test_a_row_is_the_product_of_its_two_marked_values() -> None:
    rows = draw(0)
    markers, values = rows["sequences"][..., 0], rows["sequences"][..., 1]
    assert (markers.sum(axis=1) == 2).all() and rows["sequences"].shape == (3000, 100, 2)
    products = np.where(markers == 1, values, 1).prod(axis=1)
    np.testing.assert_allclose(products, rows["targets"], rtol=1e-6)
    random = np.random.RandomState(0)  # the first row, call by call as in the document
    values, marked = random.rand(100), random.choice(100, 2, replace=False)
    np.testing.assert_allclose(rows["sequences"][0, :, 1], values, rtol=1e-6)
    assert set(np.flatnonzero(rows["sequences"][0, :, 0])) == set(marked)


def test_the_document_trained_on_2000_and_validated_on_500(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = PRODUCT.load(params.experiments["rnn"], 1, None, folder / "product")
    rows = data.train(1)
    assert rows.shape == (63, 32) and sorted(rows[rows != ABSENT]) == list(range(2000))
    assert data.validation(1).tolist() == list(range(2000, 2500)) and data.test.tolist() == list(range(2500, 3000))
    assert np.array_equal(data.targets, draw(1)["targets"]) and data.outputs == 1


def test_what_is_right_to_4_hundredths_is_counted() -> None:
    targets = np.concatenate([np.full(2000, 0.25), [0.2, 0.3]]).astype(np.float32)
    data = SimpleNamespace(targets=targets, test=np.array([2000, 2001]))
    found = PRODUCT.extras(
        SimpleNamespace(variant="constant"), data, None, SimpleNamespace(test=np.array([[0.239], [0.35]])), 0
    )
    assert found.metrics["test_correct"] == 0.5
    assert found.metrics["test_constant_mse"] == pytest.approx(0.0025)


@pytest.mark.usefixtures("tensorflow")
def test_the_baseline_guesses_the_mean_and_a_network_is_measured_by_its_gradients(
    made: tuple[Params, Path], tmp_path: Path
) -> None:
    params, folder = made
    guess, _, rnn, _ = (trained(run, folder, tmp_path) for run in plan(params, folder))
    assert guess["metrics"]["test_mse"] == pytest.approx(guess["metrics"]["test_constant_mse"], abs=2e-6)
    assert guess["metrics"]["test_mse"] == pytest.approx(7 / 144, abs=0.01)
    assert guess["parameters"] == 0 and guess["history"]["loss"] == []
    assert guess["confusion"] is None and len(guess["pairs"]) == 300
    assert guess["metric"] == rnn["metric"] == "test_mse"
    curve = rnn["curves"]["gradient by lag, initial weights"]
    assert len(curve) == 100 and curve[0] > curve[-1] >= 0
    assert " x " in rnn["examples"][0]["text"]


def test_on_jax_the_gradients_reach_as_far(
    made: tuple[Params, Path], tmp_path: Path, jax_process: ProcessPoolExecutor
) -> None:
    params, folder = made
    rnn = next(run for run in plan(params, folder) if run.experiment.variant == "rnn")
    (row,) = jax_process.submit(trained_on_jax, [rnn], folder, tmp_path).result()
    curve = row["curves"]["gradient by lag, initial weights"]
    assert row["engine"] == "jax" and len(curve) == 100 and curve[0] > curve[-1] >= 0
