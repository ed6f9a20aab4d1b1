"""Several runs averaged: their probabilities, on each fold, and nothing of runs that are not to be averaged."""

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from pipeline.training.ensembles import ensembles, probabilities_of, without_outputs

TRUTHS = np.array([0, 1, 2, 1])


def row(
    name: str,
    seed: int,
    fold: int | None,
    logits: np.ndarray | None,
    entry: str = "",
    truths: np.ndarray = TRUTHS,
    ensemble: str = "all",
) -> dict[str, Any]:
    metrics = {"test_accuracy": 0.5, "train_seconds": 2.0, "train_cpu_seconds": 1.5}
    return {
        "experiment": name,
        "run_key": f"{name}{seed}{fold}",
        "weights_sha256": f"{seed}",
        "seed": seed,
        "fold": fold,
        "data": "made",
        "entry": entry,
        "ensemble": ensemble,
        "epochs": 3,
        "metrics": metrics,
        "history": {"loss": [3.0, 2.0, 1.0]},
        "parameters": 10,
        "labels": ["a", "b", "c"],
        "confusion": [],
        "examples": ["one"],
        "outputs": None if logits is None else probabilities_of(logits, truths),
    }


def drawn(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (4, 3))


def test_an_ensemble_is_of_jax_if_a_member_is() -> None:
    """So its seconds are not taken for those of a core."""
    rows = [row("best", seed, None, drawn(seed)) for seed in (0, 1)]
    assert ensembles(rows)[0]["engine"] == "tensorflow"
    assert ensembles([rows[0], rows[1] | {"engine": "jax"}])[0]["engine"] == "jax"


def test_the_probabilities_of_a_fold_are_averaged() -> None:
    rows = [row("best", seed, fold, drawn(10 * fold + seed)) for fold in (1, 2) for seed in (0, 1, 2)]
    others = [row("other", seed, 1, None) for seed in (0, 1)]
    others += [row("alone", seed, 1, drawn(9), ensemble="") for seed in (0, 1)]
    first, second = ensembles([*rows, *others])
    mean = np.mean([softmax(drawn(10 + seed), axis=1) for seed in (0, 1, 2)], axis=0)
    assert first["metrics"]["test_accuracy"] == (mean.argmax(axis=1) == TRUTHS).mean()
    assert first["metrics"]["test_loss"] == pytest.approx(-np.log(mean[range(4), TRUTHS]).mean(), abs=1e-3)
    assert (first["fold"], second["fold"], first["experiment"]) == (1, 2, "all")
    assert first["run_key"] != second["run_key"] and len(first["run_key"]) == 64
    assert (first["parameters"], first["metrics"]["train_cpu_seconds"]) == (30, 4.5)
    assert np.sum(first["confusion"]) == 4 and first["examples"] == [] and first["history"] == {"loss": []}


def test_an_ensemble_says_on_a_board_how_many_it_is_of() -> None:
    (found,) = ensembles([row("best", seed, None, drawn(seed), "strong") for seed in (0, 1)])
    assert found["entry"] == "all, 2 runs"


def test_runs_of_two_experiments_may_be_one_ensemble() -> None:
    (found,) = ensembles([row(name, 0, 1, drawn(seed), name) for seed, name in enumerate(("one", "other"))])
    mean = np.mean([softmax(drawn(seed), axis=1) for seed in (0, 1)], axis=0)
    assert found["metrics"]["test_accuracy"] == (mean.argmax(axis=1) == TRUTHS).mean()
    assert (found["experiment"], found["entry"], found["parameters"]) == ("all", "all, 2 runs", 20)


def test_what_was_measured_on_other_rows_is_averaged_apart() -> None:
    rows = [
        row(name, seed, 1, drawn(seed), truths=np.roll(TRUTHS, seed)) for name in ("one", "other") for seed in (0, 2)
    ]
    assert [(found["seed"], found["fold"]) for found in ensembles(rows)] == [(0, 1), (2, 1)]


def test_one_run_is_no_ensemble() -> None:
    assert ensembles([row("best", 0, 1, drawn(0)), row("best", 0, 2, drawn(1))]) == []


def test_what_only_an_ensemble_needs_is_not_written() -> None:
    assert "outputs" not in without_outputs(row("best", 0, 1, drawn(0)))


def test_a_class_that_all_think_impossible_costs_much_and_not_infinitely_much() -> None:
    sure = np.array([[0.0, -99, -99]] * 4)
    (found,) = ensembles([row("best", seed, None, sure) for seed in (0, 1)])
    assert np.isfinite(found["metrics"]["test_loss"]) and found["metrics"]["test_accuracy"] == 0.25
