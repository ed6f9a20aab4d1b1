"""Film reviews: who trains, who validates, and the ten predictions of the document."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.sources.texts.texts import Reviews, Texts, write_reviews
from tests.made_runs import make_windows, trained, trained_on_jax

REVIEWS = FAMILIES["reviews"]
WORDS = {f"word{number}": number for number in range(1, 20)}


def texts(rows: int, seed: int) -> Texts:
    random = np.random.default_rng(seed)
    lengths = random.integers(2, 9, rows).astype(np.int32)
    ids = random.integers(4, 22, lengths.sum()).astype(np.int32)
    return Texts(ids, lengths, (np.arange(rows) % 2).astype(np.int32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    rnn = {"document": "002", "variant": "rnn", "vocabulary": 15, "timesteps": 6, "frontend": {"embedding_dim": 3}}
    rnn |= {"units": 2, "epochs": 1, "batch": 8}
    convolution = {"filters": 3, "kernel_size": 2, "pool_size": 2}
    mix = {"from": "rnn", "variant": "lstm", "frontend": convolution, "validates_on": "test"}
    experiments = {"rnn": rnn, "mix": mix, "rnn_corrected": {"from": "rnn", "protocol": "corrected"}}
    run = {"seeds": 1, "experiments": "all", "originals": ["reviews"]}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"reviews": experiments}})
    folder = tmp_path_factory.mktemp("reviews")
    raw = folder / "raw"
    raw.mkdir()
    write_reviews(raw, Reviews(texts(50, 0), texts(20, 1), WORDS, {"family": "reviews", "data": "IMDB"}))
    make_windows(params, "reviews", folder, raw)
    return params, folder


def test_as_written_the_last_fifth_of_the_training_part_validates(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = REVIEWS.load(params.experiments["rnn"], 0, None, folder / "reviews")
    assert sorted(row for row in data.train(1).ravel() if row >= 0) == list(range(40))
    assert data.validation(1).tolist() == list(range(40, 50)) and data.test.tolist() == list(range(50, 70))
    assert data.shown.tolist() == list(range(50, 60)) and set(data.names) == set(data.shown.tolist())
    assert data.sequences.max() < 15 and not data.masked and data.overlap == 0


def test_the_mixed_network_validates_on_the_test_part_as_the_document_does(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = REVIEWS.load(params.experiments["mix"], 0, None, folder / "reviews")
    assert (data.train(1) >= 0).sum() == 50 and data.validation(1).tolist() == data.test.tolist()


def test_corrected_the_seed_draws_who_validates_and_the_test_part_is_left_alone(made: tuple[Params, Path]) -> None:
    params, folder = made
    experiment = params.experiments["rnn_corrected"]
    one, other = (REVIEWS.load(experiment, seed, None, folder / "reviews") for seed in (0, 1))
    assert sorted(one.validation(1)) != sorted(other.validation(1))
    for data in (one, other):
        assert set(data.validation(1)) | set(data.train(1).ravel()) - {-1} == set(range(50))
        assert not set(data.validation(1)) & set(data.train(1).ravel())


def test_an_example_is_printed_as_in_the_document(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = REVIEWS.load(params.experiments["rnn"], 0, None, folder / "reviews")
    shown = REVIEWS.example(data, 51, np.array([-1.0]))
    assert shown["text"].startswith("[1] --> ['부정']: ") and "word" in shown["text"]
    assert (shown["truth"], shown["estimate"]) == ("긍정", "부정")


@pytest.mark.usefixtures("tensorflow")
def test_ten_are_predicted_and_a_loaded_model_agrees(made: tuple[Params, Path], tmp_path: Path) -> None:
    params, folder = made
    for run in plan(params, folder)[:2]:
        row = trained(run, folder, tmp_path)
        assert row["facts"]["loaded model agrees"] == "yes"
        labels, given = (row["facts"][f"first ten {name}"].split() for name in ("labels", "predictions"))
        assert row["metrics"]["first_ten_right"] == sum(a == b for a, b in zip(labels, given, strict=True))
        assert len(row["examples"]) == 10 and row["history"]["val_accuracy"][0] is not None


def test_what_was_not_fetched_says_how(made: tuple[Params, Path], tmp_path: Path) -> None:
    params, _ = made
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "card.json").write_text('{"data": null, "why": "run.originals is false"}')
    inputs = Inputs(raw, raw, 1, params.sounds)
    assert REVIEWS.make_windows(list(params.experiments.values()), inputs, tmp_path / "out") == {}
    with pytest.raises(UserError, match="rnn: its originals are not fetched"):
        REVIEWS.splits(params.experiments["rnn"], 1, tmp_path / "out")
    without = params.model_copy(update={"run": replace_run(params, originals=False)})
    assert without.chosen() == {}


def replace_run(params: Params, **changes: object) -> object:
    return params.run.model_copy(update=changes)


def test_on_jax_a_loaded_model_agrees_too(
    made: tuple[Params, Path], tmp_path: Path, jax_process: ProcessPoolExecutor
) -> None:
    params, folder = made
    for run in plan(params, folder)[:2]:
        (row,) = jax_process.submit(trained_on_jax, [run], folder, tmp_path).result()
        assert row["engine"] == "jax" and row["facts"]["loaded model agrees"] == "yes"
