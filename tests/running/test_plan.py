"""Which runs there are to do: by experiment, seed and test fold, in the order of params.yaml."""

import shutil
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import SEAL
from pipeline.params import Params
from pipeline.running.keys import key_of
from pipeline.running.plan import ChangedError, plan, plan_one, require_planned
from tests.conftest import strings_params

Windows = tuple[Params, Path]


def test_every_run_has_a_key_of_its_own(strings_windows: Windows) -> None:
    found = plan(*strings_windows)
    assert [(run.experiment.name, run.seed) for run in found] == [("am_a", 0), ("am_a", 1), ("am_b", 0), ("am_b", 1)]
    assert [run.key for run in found] == [key_of(run.experiment, run.seed, run.fold, run.dataset) for run in found]
    assert len({run.key for run in found}) == 4
    assert found[1].title == "am_a · seed 1"


def test_only_what_is_chosen_is_planned(strings_windows: Windows) -> None:
    _, windows = strings_windows
    found = plan(strings_params(experiments=["am_b"], seeds=1), windows)
    assert [run.title for run in found] == ["am_b · seed 0"]


def test_an_experiment_may_have_seeds_of_its_own(strings_windows: Windows) -> None:
    params, windows = strings_windows
    assert [run.seed for run in plan_one(params.experiments["am_a"], 1, windows)] == [0]


def test_windows_that_are_not_there_are_named_with_the_remedy(strings_windows: Windows) -> None:
    params, windows = strings_windows
    with pytest.raises(UserError, match=r"windows/automata: the windows of 'am_a' for 3 seeds are.*windows@automata"):
        plan_one(params.experiments["am_a"], 3, windows)
    shutil.rmtree(windows / "automata/am_b")
    with pytest.raises(UserError, match=r"the windows of 'am_b' for 2 seeds are"):
        plan(params, windows)


def test_a_run_whose_windows_were_made_anew_is_not_trained(strings_windows: Windows) -> None:
    params, windows = strings_windows
    first, second = plan(params, windows)[:2]
    require_planned([first], windows)
    path = windows / "automata/am_a" / SEAL
    write_json(path, read_json(path) | {"seed_0.npz": "0" * 64})
    with pytest.raises(ChangedError, match="its code or its windows changed after it was planned"):
        require_planned([first], windows)
    require_planned([second], windows)


def test_nor_is_one_whose_code_was_edited(strings_windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    params, windows = strings_windows
    run = plan(params, windows)[0]
    monkeypatch.setattr("pipeline.running.plan.read_code_digest", lambda family, engine: "edited")
    with pytest.raises(ChangedError):
        require_planned([run], windows)
