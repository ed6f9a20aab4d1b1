"""Run keys: everything that can change a result changes the key, and nothing else does."""

import ast
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.files import read_json, write_json
from pipeline.params import Params
from pipeline.running import plan as runs
from pipeline.running.plan import code_digest, plan

Windows = tuple[Params, Path]


def keys(params: Params, windows: Path) -> list[str]:
    return [run.key for run in plan(params, windows)]


def changed(params: Params, **values: Any) -> Params:
    experiments = {name: e.model_copy(update=values) for name, e in params.experiments.items()}
    return params.model_copy(update={"experiments": experiments})


def test_every_run_has_a_key_of_its_own(strings_windows: Windows) -> None:
    found = plan(*strings_windows)
    assert [(run.experiment.name, run.seed) for run in found] == [("am_a", 0), ("am_a", 1), ("am_b", 0), ("am_b", 1)]
    assert len({run.key for run in found}) == 4
    assert found[1].title == "am_a · seed 1"


@pytest.mark.parametrize("values", [{"epochs": 2}, {"learning_rate": 0.01}, {"batch": 5}, {"variant": "lstm_state"}])
def test_what_changes_the_result_changes_the_key(strings_windows: Windows, values: dict[str, Any]) -> None:
    params, windows = strings_windows
    assert not set(keys(params, windows)) & set(keys(changed(params, **values), windows))


@pytest.mark.parametrize("values", [{"minutes": 9.0}, {"document": "001"}])
def test_what_does_not_leaves_it(strings_windows: Windows, values: dict[str, Any]) -> None:
    params, windows = strings_windows
    assert keys(params, windows) == keys(changed(params, **values), windows)


def test_the_data_of_one_seed_changes_that_key_alone(strings_windows: Windows) -> None:
    params, windows = strings_windows
    before = keys(params, windows)
    manifest = windows / "automata/am_a/manifest.json"
    values = read_json(manifest)
    values["sha256"]["seed_1"] = "0" * 64
    write_json(manifest, values)
    assert [a == b for a, b in zip(before, keys(params, windows), strict=True)] == [True, False, True, True]


def test_the_code_that_trains_is_part_of_the_key_and_comments_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments/x.py").write_text("a = 1\n")
    monkeypatch.setattr(runs, "_HERE", tmp_path)
    monkeypatch.setattr(runs, "_TRAINS", ())
    digest = code_digest.__wrapped__
    first = digest("x")
    (tmp_path / "experiments/x.py").write_text("# why\na = 1\n")
    assert digest("x") == first
    (tmp_path / "experiments/x.py").write_text("a = 2\n")
    assert digest("x") != first


def test_what_only_people_read_is_no_part_of_the_code() -> None:
    def bare(text: str) -> str:
        return ast.dump(runs._Bare().visit(ast.parse(text)))

    code = '"""Head."""\nTITLE = "a"\nDEVIATIONS = ("b",)\nRATE = 1\ndef f():\n    """Says."""\n    return RATE\n'
    assert bare(code) == bare(code.replace("Head", "Other").replace('"b"', '"c"').replace("Says", "Tells"))
    assert bare(code) != bare(code.replace("RATE = 1", "RATE = 2"))
