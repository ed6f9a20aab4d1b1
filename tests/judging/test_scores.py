"""The runs of the sweep as tables: which count, what failed, and what two lines have in common."""

import pytest

from pipeline.base.console import UserError
from pipeline.judging.scores import common_folds, differences, tables
from tests.made_results import runs, swept


def scored(values, **changes):
    """Runs of one entry with these scores, seeds 0, 1, 2 ..."""
    rows = swept(grid={"lstm": 0.9}, seeds=len(values), **changes)
    for row, value in zip(rows, values, strict=True):
        row["metrics"]["test_accuracy"] = value
    return rows


def test_a_table_a_board_and_data_set_and_nothing_without_a_board():
    rows = [*runs(("am_64",)), *swept(("digits", "sounds")), *swept(("digits",), data="the sample")]
    assert [(table.board, table.data, len(table.lines)) for table in tables(rows)] == [
        ("digits", "all of digits", 7),
        ("sounds", "all of sounds", 7),
        ("digits", "the sample", 7),
    ]
    assert tables(runs(("am_64",))) == []
    assert tables([row | {"board": ""} for row in swept()]) == []


def test_a_run_without_a_finite_score_failed_and_stays():
    line = tables(scored([0.5, None, float("nan"), 0.7]))[0].lines[0]
    assert (line.failed, line.scores) == (2, {(0, None): 0.5, (3, None): 0.7})


def test_a_line_knows_its_folds_and_its_seeds():
    rows = swept(grid={"lstm": 0.9}, seeds=2, folds=2)
    for row in rows:
        row["metrics"] = {"test_accuracy": row["fold"] + row["seed"] / 10}
    line = tables(reversed(rows))[0].lines[0]
    assert line.folds == {1: [1.0, 1.1], 2: [2.0, 2.1]}
    assert line.seeds == {0: pytest.approx(1.5), 1: pytest.approx(1.6)}
    assert line.cpu_seconds is None


def test_runs_of_a_stack_do_not_count_for_the_seconds_of_a_core():
    rows = scored([0.5, 0.6, 0.7])
    for seconds, row in enumerate(rows, 1):
        row["metrics"]["train_cpu_seconds"] = seconds
    rows[2]["engine"] = "jax"
    assert tables(rows)[0].lines[0].cpu_seconds == 1.5


def test_of_two_runs_of_a_seed_the_later_counts():
    line = tables([*scored([0.1, 0.2]), *scored([0.3])])[0].lines[0]
    assert line.scores == {(0, None): 0.3, (1, None): 0.2}


def test_only_seeds_and_folds_that_both_have_are_compared():
    rows = swept(grid={"a": 0.9, "b": 0.8}, seeds=3, folds=2)
    rows = [row for row in rows if not (row["entry"] == "b" and (row["seed"] == 0 or row["fold"] == 2))]
    table = tables(rows)[0]
    first, second = table.lines
    assert differences(table, first, second) == pytest.approx(
        [first.scores[(seed, 1)] - second.scores[(seed, 1)] for seed in (1, 2)]
    )
    assert [[len(fold) for fold in side] for side in common_folds(table, first, second)] == [[3], [2]]


def test_less_is_better_for_an_error():
    table = tables(
        [row | {"metric": "test_mse", "metrics": {"test_mse": row["seed"] + 1.0}} for row in swept(seeds=2)]
    )[0]
    assert table.sign == -1
    one = table.lines[0]
    assert common_folds(table, one, one)[0] == [[-1.0, -2.0]]


def test_the_largest_overlap_counts():
    assert tables([*swept(overlap=0.1), *swept(overlap=0.25)])[0].overlap == 0.25


def test_runs_that_do_not_go_together_are_refused():
    rows = swept(grid={"lstm": 0.9, "gru": 0.9})
    rows[-1]["metric"] = "test_mse"
    with pytest.raises(UserError, match="board 'digits': its runs have the metrics test_accuracy and test_mse"):
        tables(rows)
    del rows[0]["overlap"]
    with pytest.raises(UserError, match="a run of 'sweep_digits_lstm' has no `overlap`"):
        tables(rows)
