"""The bars on a terminal: one a run, or one for all runs of an experiment that train side by side."""

from dataclasses import replace

import pytest

from pipeline.running.bars import Bars
from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from tests.conftest import strings_params

EXPERIMENT = strings_params().experiments["am_a"].model_copy(update={"epochs": 4})
RUNS = [Run(EXPERIMENT, seed, None, DatasetInfo("strings", "document", "0"), f"key{seed}") for seed in (0, 1)]
STACK = [replace(run, engine="jax") for run in RUNS]


@pytest.fixture
def bars(request: pytest.FixtureRequest) -> Bars:
    return Bars(request.param, 2.0)


def shown(bars: Bars) -> list[tuple[str, float, float | None]]:
    return [(task.description, task.completed, task.total) for task in bars.progress.tasks][1:]


@pytest.mark.parametrize("bars", [RUNS], indirect=True)
def test_a_run_has_a_bar_from_its_first_epoch_to_its_end(bars: Bars) -> None:
    bars.epoch(RUNS[0], 1, "")
    bars.epoch(RUNS[1], 3, "")
    assert shown(bars) == [("am_a · seed 0", 1, 4), ("am_a · seed 1", 3, 4)]
    bars.ended(RUNS[0])
    assert shown(bars) == [("am_a · seed 1", 3, 4)]


@pytest.mark.parametrize("bars", [STACK], indirect=True)
def test_the_runs_of_a_stack_share_a_bar_until_the_last_has_ended(bars: Bars) -> None:
    bars.epoch(STACK[0], 1, "")
    bars.epoch(STACK[1], 3, "")
    assert shown(bars) == [("am_a · 2 runs", 4, 8)]
    bars.ended(STACK[0])
    assert shown(bars) == [("am_a · 2 runs", 7, 8)]
    bars.ended(STACK[1])
    assert shown(bars) == []


@pytest.mark.parametrize("bars", [RUNS], indirect=True)
def test_a_run_that_ends_before_its_first_epoch_had_no_bar(bars: Bars) -> None:
    bars.ended(RUNS[0])
    assert shown(bars) == []


@pytest.mark.parametrize("bars", [RUNS], indirect=True)
def test_the_bar_of_all_moves_by_the_work(bars: Bars) -> None:
    bars.overall(1.5, 3.0, "1 of 2 runs done")
    whole = bars.progress.tasks[0]
    assert (whole.description, whole.completed, whole.total, whole.fields["state"]) == (
        "train",
        1.5,
        3.0,
        "1 of 2 runs done",
    )
