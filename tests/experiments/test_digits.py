"""Digits row by row: the splits that a seed draws, and what needs fetching."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.experiments.digits import parts
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.sources.images.originals import collect_digits
from tests.made_runs import make_windows

DIGITS = FAMILIES["digits"]
LSTM = {"document": "003", "variant": "lstm", "units": 4, "epochs": 1, "batch": 32}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    few = {"from": "lstm", "train_size": 100}
    mnist = {"from": "lstm", "images": "mnist"}
    experiments = {"digits": {"lstm": LSTM, "few": few, "mnist": mnist}}
    params = parse({"run": {"seeds": 1}, "sounds": {"views": {}}, "experiments": experiments})
    folder = tmp_path_factory.mktemp("digits")
    raw = folder / "raw"
    raw.mkdir()
    collect_digits(raw, None, folder, "nobody wants MNIST")
    make_windows(params, "digits", folder, raw)
    return params, folder / "digits"


def test_every_image_has_one_place_and_a_seed_draws_its_own(made: tuple[Params, Path]) -> None:
    params, windows = made
    data = DIGITS.load(params.experiments["lstm"], 0, None, windows)
    train = data.train(1)[data.train(1) >= 0]
    assert (len(train), len(data.validation(1)), len(data.test)) == (1078, 359, 360)
    assert sorted([*train, *data.validation(1), *data.test]) == list(range(1797))
    assert data.sequences.shape == (1797, 8, 8) and data.sequences.max() == 1.0
    other = DIGITS.load(params.experiments["lstm"], 1, None, windows)
    assert sorted(other.test) != sorted(data.test)
    assert DIGITS.dataset(params.experiments["lstm"], 0, None, windows).kind == "other"  # the document imports MNIST


def test_a_small_training_part_leaves_the_test_part_as_it_is(made: tuple[Params, Path]) -> None:
    params, windows = made
    few, all_ = (DIGITS.load(params.experiments[name], 0, None, windows) for name in ("few", "lstm"))
    assert (few.train(1) >= 0).sum() == 100 and np.array_equal(few.test, all_.test)
    assert few.overlap == all_.overlap > 0  # both are drawn from the same rows


def test_where_the_makers_say_what_trains_the_rest_tests() -> None:
    training = np.array([1] * 60 + [0] * 10)
    train, validation, test = parts(training, 0)
    assert (len(train), len(validation)) == (45, 15) and sorted(test) == list(range(60, 70))
    assert training[train].all() and training[validation].all()


def test_what_was_not_fetched_says_how(made: tuple[Params, Path]) -> None:
    params, windows = made
    assert params.experiments["mnist"].needs_original and not params.experiments["lstm"].needs_original
    with pytest.raises(UserError, match="mnist: its originals are not fetched; ORIGINALS=1"):
        DIGITS.splits(params.experiments["mnist"], 1, windows)
