"""The params of a workspace: budgets that count updates, batches that fit, and no change to the checkout's recipes."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.commands.own_params import RECIPES, as_text, batch_for, epochs_for, workspace_values
from pipeline.params import load

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def test_an_epoch_of_few_clips_is_repeated_until_it_has_the_updates() -> None:
    assert epochs_for(25, 1500, 288, 32) == 167  # nine updates an epoch
    assert epochs_for(25, 1500, 8000, 32) == 25  # enough: the recipe stays
    assert epochs_for(1, 0, 100, 32) == 1
    assert epochs_for(25, 1500, 20, 32) == 1500


def test_a_batch_leaves_an_epoch_of_two() -> None:
    assert [batch_for(32, clips) for clips in (500, 64, 63, 20, 8)] == [32, 32, 16, 8, 4]
    assert (batch_for(10, 500), batch_for(10, 19)) == (10, 8)
    with pytest.raises(UserError, match="a training part has 7 clips, at least 8 are needed"):
        batch_for(32, 7)


def written(folder: Path, clips: int) -> Any:
    path = folder / "params.yaml"
    path.write_text(as_text(workspace_values(PARAMS, "birds", clips, 2), "birds"), encoding="utf-8")
    return load(path)


def test_a_workspace_has_every_recipe_on_one_board(tmp_path: Path) -> None:
    params = written(tmp_path, 300)
    assert list(params.chosen()) == [recipe.name for recipe in RECIPES] and params.run.seeds == 2
    assert {one.labels.board for one in params.chosen().values()} == {"birds"}
    assert {one.labels.ensemble for one in params.chosen().values()} == {"us_average", ""}
    assert params.experiments["us_gru"].variant == "gru" and params.experiments["us_lstm"].protocol == "corrected"
    assert "&id" not in (tmp_path / "params.yaml").read_text()  # nobody wants to edit an alias


def test_only_epochs_and_batch_differ_from_the_checkout(tmp_path: Path) -> None:
    mine, theirs = written(tmp_path, 8000).experiments, load(PARAMS).experiments
    assert mine["us_best"].recipe() == theirs["us_best"].recipe()
    assert mine["us_lstm"].recipe() == theirs["us_lstm_10_100_full"].recipe()
    few = written(tmp_path, 100).experiments["us_best_conv"].recipe()
    differ = {key for key, value in theirs["us_best_conv"].recipe().items() if few[key] != value}
    assert differ == {"epochs"}


def test_a_checkout_without_a_recipe_says_so(tmp_path: Path) -> None:
    values = YAML(typ="safe").load(PARAMS.read_text(encoding="utf-8"))
    del values["experiments"]["sound_recipes"]
    with (tmp_path / "params.yaml").open("w") as stream:
        YAML().dump(values, stream)
    with pytest.raises(UserError, match=r"experiments.sound_recipes.us_best is missing; put it back"):
        workspace_values(tmp_path / "params.yaml", "birds", 100, 1)
