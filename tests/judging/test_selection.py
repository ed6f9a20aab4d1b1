"""The recipe of the lowest loss beside each test fold, by runs that are there to choose and no others."""

from typing import Any

from pipeline.judging.selection import selections
from tests.made_results import bare

LOSSES = {"plain": (1.4, 1.2), "narrow": (1.3, 1.3)}


def measured(entry: str, seed: int, fold: int, loss: float | None, **changes: Any) -> dict[str, Any]:
    metrics = {"test_loss": loss, "test_accuracy": 0.5 + seed / 10}
    return bare(f"us_{entry}", seed, **{"selects": True, "metrics": metrics, "fold": fold, **changes})


def chosen() -> list[dict[str, Any]]:
    return [
        measured(entry, seed, fold, loss + seed / 100)
        for entry, losses in LOSSES.items()
        for fold, loss in enumerate(losses, 1)
        for seed in range(3)
    ]


def test_each_fold_takes_the_candidate_of_the_lowest_loss_beside_it() -> None:
    first, second = selections(chosen())
    assert (first.fold, first.taken, second.fold, second.taken) == (1, "us_narrow", 2, "us_plain")
    assert [(one.name, round(one.loss, 3), round(one.score, 3), one.runs) for one in second.candidates] == [
        ("us_plain", 1.21, 0.6, 3),
        ("us_narrow", 1.31, 0.6, 3),
    ]


def test_runs_that_measured_a_test_part_choose_nothing() -> None:
    tested = [measured("plain", seed, 1, 0.1, selects=False) for seed in range(3)]
    assert selections(tested) == []
    assert selections([*chosen(), *tested]) == selections(chosen())
    assert selections([bare("us_old", 0, fold=1)]) == []


def test_a_run_without_a_finite_loss_does_not_count() -> None:
    (first,) = selections([measured("plain", 0, 1, None), measured("plain", 1, 1, 1.5)])
    assert first.candidates[0].runs == 1
