"""Entries over all boards: who stands on all, ranks, and one scale from the constant baseline to the best."""

import pytest

from pipeline.judging.across import across, scale
from pipeline.judging.scores import tables
from tests.made_results import GRID, swept

BOARDS = ("automata", "digits", "product")


def test_only_entries_on_all_boards_stand():
    rows = [row for row in swept(BOARDS) if (row["board"], row["entry"]) != ("digits", "mlp")]
    found = across(tables(rows))
    assert [board for board, _ in found.boards] == list(BOARDS)
    assert {one.entry for one in found.entries} == GRID.keys() - {"mlp"}
    assert (found.entries[0].entry, found.entries[0].average_rank) == ("lstm, bidirectional", 1.0)
    assert (found.entries[-1].entry, found.entries[-1].average_rank, found.entries[-1].baseline) == (
        "majority",
        6,
        True,
    )


def test_the_scale_runs_from_the_constant_to_the_best():
    found = {one.entry: one.interquartile_mean for one in across(tables(swept(BOARDS))).entries}
    assert found["majority"] == 0
    assert found["lstm, bidirectional"] == pytest.approx(1, abs=0.02)
    assert found["random weights"] == pytest.approx((0.4 - 0.1) / (0.93 - 0.1), abs=0.02)


def test_an_error_is_scaled_the_other_way_round():
    rows = swept(("product", "climate"), metric="test_mse")
    for row in rows:
        row["metrics"] = {"test_mse": {"majority": 4.0, "lstm": 1.0}.get(row["entry"], 2.5)}
    assert scale(tables(rows)[0]) == (-4.0, -1.0)
    found = {one.entry: (one.average_rank, one.interquartile_mean) for one in across(tables(rows)).entries}
    assert (found["lstm"], found["gru"], found["majority"]) == ((1.0, 1.0), (4.0, 0.5), (7.0, 0.0))


def test_without_a_constant_that_something_beats_there_is_no_scale():
    without = [row for row in swept(("digits",)) if row["entry"] != "majority"]
    assert scale(tables(without)[0]) is None
    found = across(tables([*without, *swept(("sounds",))]))
    assert found.unscaled == ["digits"]
    assert {one.interquartile_mean for one in found.entries} == {None}
    worse = swept(grid={"majority": 0.9, "lstm": 0.5})
    assert scale(tables(worse)[0]) is None


def test_an_entry_that_failed_everywhere_stands_nowhere():
    rows = swept(BOARDS)
    for row in rows:
        if (row["board"], row["entry"]) == ("digits", "gru"):
            row["metrics"]["test_accuracy"] = None
    assert "gru" not in {one.entry for one in across(tables(rows)).entries}


def test_of_a_board_with_two_data_sets_the_fuller_counts():
    few = swept(("digits",), grid={"lstm": 0.9, "gru": 0.9}, data="the sample")
    found = across(tables([*few, *swept(("digits", "sounds"))]))
    assert found.boards == [("digits", "all of digits"), ("sounds", "all of sounds")]


@pytest.mark.parametrize("rows", [[], swept(("digits",)), swept(BOARDS, grid={"lstm": 0.9, "gru": 0.9})])
def test_too_little_to_compare(rows):
    assert across(tables(rows)) is None
