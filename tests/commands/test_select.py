"""`make select`: what it trains, its table, and where there is nothing to choose from."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.base.console import UserError
from pipeline.commands import select
from pipeline.params import load
from tests.judging.test_selection import chosen


def on_originals(**run: object):
    params = load()
    return params.model_copy(update={"run": params.run.model_copy(update={"originals": True, **run})})


def test_what_is_there_to_choose_is_trained_and_nothing_else() -> None:
    found = select.candidates(on_originals(sweep=True)).chosen()
    assert {"us_blocks", "us_conv", "us_forest_in_parts"} <= found.keys()
    assert all(experiment.selects for experiment in found.values())


def test_the_sample_is_no_ground_for_a_choice() -> None:
    with pytest.raises(UserError, match=r"here is only the built-in sample;\nrun `make reproduce ORIGINALS=1` first"):
        select.candidates(on_originals(originals=["reviews"]))


def test_without_candidates_that_is_said() -> None:
    params = on_originals().model_copy(update={"experiments": {}})
    with pytest.raises(UserError, match="no experiment has `parts`"):
        select.candidates(params)


def test_the_taken_recipe_stands_above_its_table_and_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    params = on_originals()
    monkeypatch.setattr(select, "load", lambda: params)
    monkeypatch.setattr(select, "train", lambda params: chosen())
    monkeypatch.chdir(tmp_path)
    select.main()
    assert capsys.readouterr().out.splitlines()[:4] == [
        "the 2552 clips: us_narrow is selected for test fold 1",
        "  on other folds   loss  score  runs",
        "  us_narrow       1.310   0.600     3",
        "  us_plain        1.410   0.600     3",
    ]
    written = pd.read_csv(tmp_path / "reports/selection.csv")
    assert written.loc[written["taken"], ["fold", "name"]].to_numpy().tolist() == [[1, "us_narrow"], [2, "us_plain"]]
