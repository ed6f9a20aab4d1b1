"""Rows mixed in pairs: shares of the asked distribution, both rows in inputs and loss, and the same bits again."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.training.draws import Draws
from pipeline.training.mixup import Mixup, mixed, neighbours
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")
ROWS = 6
SEQUENCES = vectors(3, 2, ROWS)
TARGETS = np.arange(ROWS, dtype=np.int32) % 3


def shares(alpha: float, seed: int = 0, update: int = 0, rows: int = 20_000) -> np.ndarray:
    return np.array(Mixup(alpha).shares(Draws(seed, update), np.ones(rows, bool)))


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_shares_are_of_beta_and_at_least_a_half(alpha: float) -> None:
    found = shares(alpha)
    assert found.min() >= 0.5 and found.max() <= 1
    for share in (0.6, 0.8, 0.95):
        assert (found < share).mean() == pytest.approx(1 - 2 * stats.beta.cdf(1 - share, alpha, alpha), abs=0.015)


def test_each_seed_and_each_update_draws_its_own() -> None:
    np.testing.assert_array_equal(shares(0.3, 1, 2), shares(0.3, 1, 2))
    assert not np.array_equal(shares(0.3, 1, 2), shares(0.3, 1, 3))
    assert not np.array_equal(shares(0.3, 1, 2), shares(0.3, 2, 2))


def test_a_row_that_is_not_there_is_mixed_with_none() -> None:
    found = np.array(Mixup(1.0).shares(Draws(0, 0), np.array([True, True, True, False, False])))
    assert found[0] == found[3] == found[4] == 1 and (found[1:3] < 1).all()


def test_a_row_is_mixed_with_the_one_before_it() -> None:
    share = np.linspace(0.5, 1, ROWS).astype(np.float32)
    found = mixed(SEQUENCES, share)
    other = np.roll(SEQUENCES, 1, axis=0)
    np.testing.assert_allclose(found, share[:, None, None] * SEQUENCES + (1 - share[:, None, None]) * other, rtol=1e-5)
    np.testing.assert_array_equal(neighbours(TARGETS), np.roll(TARGETS, 1))


def begun(mixup: float, seed: int = 0) -> Any:
    from pipeline.networks.build import build
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    chosen = experiment("lstm", batch=ROWS, optimizer={"learning_rate": 0.05}, augmentation={"mixup": mixup})
    model = build(chosen, data(SEQUENCES), 2, None, 0)
    compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer), augmentation=chosen.augmentation))
    compiled.begin(model, (SEQUENCES, np.full(ROWS, 3, np.int32), TARGETS), seed)
    return compiled


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.log(np.exp(logits).sum(axis=1)) - logits[range(ROWS), targets]
    return found


def test_the_loss_asks_for_both_rows_in_proportion() -> None:
    compiled = begun(1.0, 7)
    share = shares(1.0, 7, 0, ROWS)
    logits = np.array(compiled.model([mixed(SEQUENCES, share)]))
    expected = share * cross_entropy(logits, TARGETS) + (1 - share) * cross_entropy(logits, np.roll(TARGETS, 1))
    (loss,), _ = compiled.train_epoch(np.arange(ROWS, dtype=np.int32)[None], 1)
    assert loss == pytest.approx(expected.mean(), rel=1e-4)


def test_measuring_mixes_nothing() -> None:
    rows = np.arange(ROWS, dtype=np.int32)
    np.testing.assert_array_equal(begun(1.0).predict(rows), begun(0.0).predict(rows))


def test_a_resumed_run_draws_what_it_would_have_drawn() -> None:
    whole, resumed = begun(1.0, 3), begun(1.0, 3)
    rows = np.arange(ROWS, dtype=np.int32)[None]
    whole.train_epoch(rows, 1)
    resumed.restore(whole.state())
    np.testing.assert_array_equal(whole.train_epoch(rows, 1)[0], resumed.train_epoch(rows, 1)[0])
    for one, other in zip(whole.state(), resumed.state(), strict=True):
        np.testing.assert_array_equal(one, other)
