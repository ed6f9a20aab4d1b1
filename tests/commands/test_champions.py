"""Champions are looked for where results or code are new, and only there."""

from pathlib import Path

import pytest

from pipeline.base.files import write_json
from pipeline.commands.champions import DONE, register_champions
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker
from tests.conftest import strings_params


def test_new_results_are_registered_and_the_same_are_not_looked_at(
    checkout: tuple[Tracker, Params], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    params, root, results = checkout[1], Path("mlruns"), Path("reports/results.json")
    register_champions(params, root, results)
    assert not (root / DONE).exists(), "without results there is nothing to do"
    write_json(results, [1])
    register_champions(params, root, results)
    assert "registered in MLflow: automata (am_a)" in capsys.readouterr().out
    monkeypatch.setattr("pipeline.asking.champions.register_all", None)  # to call it would be an error
    register_champions(params, root, results)
    write_json(results, [2])
    with pytest.raises(TypeError):
        register_champions(params, root, results)


def test_without_a_store_nothing_is_made(tmp_path: Path) -> None:
    write_json(tmp_path / "results.json", [])
    register_champions(strings_params(), tmp_path / "mlruns", tmp_path / "results.json")
    assert not (tmp_path / "mlruns").exists()
