"""Which runs there are to do: by experiment, seed and test fold, in the order of params.yaml."""

import shutil
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.params import Params
from pipeline.running.keys import key_of
from pipeline.running.plan import plan, plan_one
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
