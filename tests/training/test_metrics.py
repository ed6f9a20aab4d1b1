"""The figures of rows: of classes and of numbers."""

import numpy as np
import pytest

from pipeline.training.metrics import accuracy, confusion, cross_entropy, decide, headline, measure, series


def test_the_loss_of_classes_is_the_cross_entropy() -> None:
    logits = np.array([[0.0], [2.0]])
    expected = (np.log(2) + np.log1p(np.exp(2))) / 2
    assert cross_entropy(logits, np.array([1, 0])) == pytest.approx(expected)
    assert cross_entropy(np.hstack([np.zeros_like(logits), logits]), np.array([1, 0])) == pytest.approx(expected)


def test_a_network_that_gives_no_number_is_never_right() -> None:
    logits = np.array([[np.nan, 1.0], [0.0, 1.0], [np.inf, 0.0]])
    assert decide(logits).tolist() == [-1, 1, -1]
    assert accuracy(logits, np.array([1, 1, 0])) == pytest.approx(1 / 3)
    assert decide(np.array([[0.1], [-0.1], [0.0]])).tolist() == [1, 0, 0]


def test_a_loss_is_never_minus_zero_and_infinite_where_a_network_diverged() -> None:
    assert repr(cross_entropy(np.array([[200.0, 0.0]]), np.array([0]))) == "0.0"
    assert cross_entropy(np.array([[np.inf, 0.0]]), np.array([1])) == np.inf
    assert np.isnan(cross_entropy(np.array([[np.nan, 0.0]]), np.array([1])))


def test_the_figures_of_numbers_are_their_errors() -> None:
    outputs, targets = np.array([[1.0], [2.0]], np.float32), np.array([0.0, 4.0], np.float32)
    assert measure("mae", outputs, targets) == {"loss": 1.5, "mse": 2.5, "mae": 1.5}
    assert measure("mse", outputs, targets)["loss"] == 2.5


def test_the_figure_that_counts_is_in_what_is_measured() -> None:
    logits, targets = np.array([[1.0], [-2.0]], np.float32), np.array([1, 1])
    assert measure("cross_entropy", logits, targets)[headline("cross_entropy")] == 0.5
    assert headline("mse") in measure("mse", logits, targets.astype(np.float32))
    assert "accuracy" in series("cross_entropy") and "accuracy" not in series("mse")


def test_confusion_leaves_out_what_is_no_number() -> None:
    logits = np.array([[0.0, 1.0], [2.0, 1.0], [np.nan, 0.0]])
    assert confusion(2, logits, np.array([0, 0, 1])) == [[1, 1], [0, 0]]
