"""`make choose`: the table of a choice, or what would make one."""

import json
from pathlib import Path

import pytest

from pipeline import choose
from pipeline.console import UserError
from tests.test_choosing import chosen


def test_the_taken_recipe_stands_above_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/results.json").write_text(json.dumps(chosen()), encoding="utf-8")
    choose.main()
    assert capsys.readouterr().out.splitlines()[:4] == [
        "choice, the 2552 clips: for test fold 1 narrow is taken",
        "  beside the fold   loss  score  runs",
        "  narrow           1.310   0.600     3",
        "  plain            1.410   0.600     3",
    ]


def test_without_a_run_the_way_to_them_is_said() -> None:
    with pytest.raises(UserError, match="no run that chooses a recipe; `make choose` trains them"):
        choose.answers([])
