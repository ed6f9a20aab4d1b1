"""Which run answers: the best by its validation figure, never by the test part; and what is said if there is none."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.asking.readers import READERS
from pipeline.asking.trained import Trained, best, best_of, command_for, facts_of, figure_of, model_of, trained
from pipeline.base.console import UserError
from pipeline.params import Params, load
from pipeline.tracking.errors import LostError
from pipeline.tracking.tracker import Tracker

Checkout = tuple[Tracker, Params]


def row(accuracy: list[float | None], loss: list[float | None], **metrics: float) -> dict[str, Any]:
    return {"history": {"val_accuracy": accuracy, "val_loss": loss}, "metrics": metrics}


def one(*figure: float) -> Trained:
    return Trained(SimpleNamespace(), SimpleNamespace(), {}, figure or None)  # type: ignore[arg-type]


def test_the_figure_is_that_of_the_epoch_that_was_kept() -> None:
    history = [0.5, None, 0.7, 0.6], [0.9, None, 0.5, 0.8]
    assert figure_of(row(*history)) == (0.6, -0.8)
    assert figure_of(row(*history, best_epoch=3)) == (0.7, -0.5)
    assert figure_of(row([None], [None])) is None
    assert figure_of({"history": {"val_loss": [0.3, 0.2]}, "metrics": {}}) == (-0.2,)


def test_the_highest_figure_wins_and_a_lower_loss_breaks_a_tie() -> None:
    low, high, higher = one(0.5, -0.1), one(0.9, -0.4), one(0.9, -0.3)
    assert best([low, high, higher]) is higher
    assert best([one(), low, one()]) is low


def test_without_figures_the_first_is_taken() -> None:
    first = one()
    assert best([first, one()]) is first


def test_the_best_run_of_an_experiment_is_found_with_its_model(checkout: Checkout, tmp_path: Path) -> None:
    tracker, params = checkout
    both = trained(tracker, params, [params.experiments["am_a"]])
    assert [each.run.seed for each in both] == [0, 1] and all(each.figure for each in both)
    found = best_of(tracker, params, "am_a")
    assert found.run.seed == 1 and found.figure == (0.6, -0.6)
    assert model_of(tracker, found, tmp_path).name == "model.keras"
    assert facts_of(params, found) == {"labels": ["invalid", "valid"]}


def test_a_damaged_model_is_not_asked(checkout: Checkout, tmp_path: Path) -> None:
    tracker, params = checkout
    found = best_of(tracker, params, "am_a")
    (path,) = Path("mlruns/artifacts").glob(f"{found.logged.id}/artifacts/model.keras")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LostError, match="not what was logged"):
        model_of(tracker, found, tmp_path)


def test_what_is_not_trained_is_said_with_its_command(checkout: Checkout) -> None:
    tracker, params = checkout
    with pytest.raises(UserError, match="am_b is not trained yet; `make reproduce` trains it"):
        best_of(tracker, params, "am_b")
    with pytest.raises(UserError, match="'am_c' is not an experiment"):
        best_of(tracker, params, "am_c")


def test_the_command_is_the_shortest_that_trains_an_experiment() -> None:
    params = load()
    assert command_for(params, "am_64") == "make reproduce"
    assert command_for(params, "digits_gru") == "make reproduce ALL=1"
    assert command_for(params, "imdb_lstm") == "make reproduce ORIGINALS=1"
    assert command_for(params, "us_blocks") == "dvc exp run -S 'run.experiments=[us_blocks]'"
    assert command_for(params, next(name for name in params.grid if "digits" in name)) in (
        "make reproduce",
        "make sweep",
    )


def test_a_family_without_a_reader_cannot_be_asked(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker, params = checkout
    monkeypatch.delitem(READERS, "automata")  # type: ignore[arg-type]
    assert trained(tracker, params, params.every.values()) == []
    with pytest.raises(UserError, match="am_a: 'automata' has no reader"):
        best_of(tracker, params, "am_a")


def test_a_forest_cannot_be_asked(checkout: Checkout) -> None:
    with pytest.raises(UserError, match="us_forest: is a forest"):
        best_of(checkout[0], load(Path(__file__).parents[2] / "params.yaml"), "us_forest")
