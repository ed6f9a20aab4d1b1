"""The choice beside the test fold: by results on the other folds, and as an entry of the board."""

from typing import Any

from pipeline.commands.own_choice import CHOSEN, candidates, chosen, lines
from pipeline.commands.own_params import PARTS, RECIPES, as_text, workspace_values
from pipeline.judging.selection import selections
from pipeline.params import load
from pipeline.running.keys import ROOT


def row(name: str, fold: int, loss: float, selects: bool = False, seed: int = 0) -> dict[str, Any]:
    figures = {"test_loss": loss, "test_accuracy": 1 - loss / 4}
    return {
        **{"experiment": name, "fold": fold, "seed": seed, "selects": selects, "data": "birds", "entry": name},
        **{"board": "birds", "ensemble": "us_average", "metric": "test_accuracy", "metrics": figures},
    }


MEASURED = [
    *(row("us_best_in_parts", fold, loss, True, seed) for fold, loss in ((1, 1.0), (2, 2.0)) for seed in range(3)),
    *(row("us_best_conv_in_parts", fold, 1.5, True, seed) for fold in (1, 2) for seed in range(3)),
]
ROWS = [row(name, fold, 3.0, seed=seed) for name in ("us_best", "us_best_conv") for fold in (1, 2) for seed in (0, 1)]


def test_each_fold_has_the_network_that_the_other_folds_choose() -> None:
    """The rows of the test folds have other losses, which decide nothing."""
    found = chosen(ROWS, selections([*ROWS, *MEASURED]), "birds")
    assert [(one["fold"], one["seed"]) for one in found] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert found[0]["metrics"] is ROWS[0]["metrics"] and found[2]["metrics"] is ROWS[6]["metrics"]
    assert {(one["experiment"], one["entry"], one["ensemble"]) for one in found} == {(CHOSEN, CHOSEN, "")}


def test_the_choice_is_said_with_what_was_measured() -> None:
    assert lines(selections(MEASURED))[1] == (
        "for test fold 2 us_best_conv is chosen (us_best_conv 0.625, us_best 0.500 on the other folds)"
    )


def test_the_candidates_are_the_averaged_recipes_in_parts(tmp_path: Any) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(as_text(workspace_values(ROOT / "params.yaml", "birds", 300, 1), "birds"), encoding="utf-8")
    params = load(path)
    found = candidates(params).chosen()
    assert list(found) == [f"{one.name}_in_parts" for one in RECIPES if one.averaged]
    assert all(one.selects and params.seeds_of(one) == PARTS and not one.labels.board for one in found.values())
    assert not any(one.selects for one in params.chosen().values())
