"""The leaderboard: ranks, intervals and letters of a board, failed runs in sight, and the CSV."""

import csv
import json
from io import StringIO

import pytest

from pipeline.judging.leaderboard import COLUMNS, as_csv, leaderboard
from tests.made_results import runs, swept


def entries_of(rows, board=0):
    return {entry["entry"]: entry for entry in leaderboard(rows)["boards"][board]["entries"]}


def test_a_board_from_best_to_worst():
    board = leaderboard(swept())["boards"][0]
    assert [entry["rank"] for entry in board["entries"]] == [1, 2, 3, 4, 5, 6, 7]
    best, last = board["entries"][0], board["entries"][-1]
    assert (best["entry"], best["letters"], best["differs_from_best"], best["p_holm"]) == (
        "lstm, bidirectional",
        "a",
        "no",
        None,
    )
    assert (last["entry"], last["baseline"], last["differs_from_best"]) == ("majority", True, "yes")
    assert best["low"] < best["mean"] < best["high"]
    assert (last["low"], last["mean"], last["high"]) == (0.1, pytest.approx(0.1), 0.1)
    assert (best["seeds"], best["folds"], best["runs"], best["parameters"], best["cpu_seconds"]) == (
        5,
        1,
        5,
        9890,
        12.5,
    )
    assert (board["tests"], board["reference"], board["better"]) == (21, "lstm", "higher")


def test_to_differ_from_the_best_is_to_share_no_letter_with_it():
    found = entries_of(swept(grid={"lstm": 0.9, "gru": 0.9, "rnn": 0.8, "majority": 0.1}))
    assert [entry["differs_from_best"] for entry in found.values()] == ["no", "no", "yes", "yes"]
    for entry in found.values():
        assert (entry["differs_from_best"] == "no") == ("a" in entry["letters"]), entry


def test_lower_is_better_for_an_error():
    rows = swept(grid={"lstm": 0.2, "gru": 0.1}, metric="test_mae")
    for row in rows:
        row["metrics"] = {"test_mae": row["metrics"]["test_accuracy"]}
    board = leaderboard(rows)["boards"][0]
    assert ([entry["entry"] for entry in board["entries"]], board["better"]) == (["gru", "lstm"], "lower")
    assert board["entries"][0]["better_than_reference"] == 1.0
    assert board["first_two"]["difference"] > 0


def test_equal_means_share_a_rank():
    rows = swept(grid={"majority": 0.5, "lstm": 0.1}) + [
        row | {"entry": "twin"} for row in swept(grid={"majority": 0.5})
    ]
    assert [entry["rank"] for entry in leaderboard(rows)["boards"][0]["entries"]] == [1, 1, 3]


def test_folds_weigh_the_same():
    rows = swept(grid={"majority": 0.2}, seeds=4, folds=1) + [
        row | {"fold": 2} for row in swept(grid={"majority": 0.8}, seeds=2)
    ]
    entry = entries_of(rows)["majority"]
    assert (entry["mean"], entry["low"], entry["high"]) == (pytest.approx(0.5),) * 3
    assert (entry["seeds"], entry["folds"], entry["runs"]) == (4, 2, 6)


def test_the_reference_is_what_the_others_are_held_against():
    found = entries_of(swept())
    assert found["lstm"]["better_than_reference"] is None
    assert found["lstm, bidirectional"]["better_than_reference"] > 0.9
    assert found["majority"]["better_than_reference"] == 0
    board = leaderboard([row for row in swept() if row["entry"] != "lstm"])["boards"][0]
    assert board["reference"] is None
    assert {entry["better_than_reference"] for entry in board["entries"]} == {None}


def test_failed_runs_are_counted_and_never_dropped():
    rows = swept()
    for row in rows:
        if row["entry"] == "gru" or (row["entry"] == "rnn" and row["seed"] == 0):
            row["metrics"]["test_accuracy"] = None
    found = leaderboard(rows)["boards"][0]["entries"]
    gru, rnn = found[-1], next(entry for entry in found if entry["entry"] == "rnn")
    assert (gru["entry"], gru["rank"], gru["mean"], gru["runs"], gru["failed"]) == ("gru", None, None, 5, 5)
    assert (gru["letters"], gru["differs_from_best"], gru["seeds"]) == ("", "", 0)
    assert (rnn["runs"], rnn["failed"], rnn["seeds"]) == (5, 1, 4)
    everything = [row | {"metrics": {"test_accuracy": None}} for row in rows]
    board = leaderboard(everything)["boards"][0]
    assert (len(board["entries"]), board["first_two"], board["tests"]) == (7, None, 0)


def test_one_seed_has_neither_interval_nor_letters():
    for entry in entries_of(swept(seeds=1)).values():
        assert (entry["low"], entry["high"], entry["letters"], entry["p_holm"]) == (None, None, "", None)


def test_another_line_moves_no_interval():
    before, after = entries_of(swept()), entries_of(swept(grid={"new": 0.5, "lstm": 0.9}))
    assert (before["lstm"]["low"], before["lstm"]["high"]) == (after["lstm"]["low"], after["lstm"]["high"])


def test_several_data_sets_are_boards_of_their_own():
    found = leaderboard([*swept(), *swept(data="the sample")])
    assert [board["data"] for board in found["boards"]] == ["all of digits", "the sample"]


def test_it_is_json_as_it_is():
    found = leaderboard(swept(("digits", "sounds")))
    assert json.loads(json.dumps(found, allow_nan=False))["across"]["boards"] == [
        ["digits", "all of digits"],
        ["sounds", "all of sounds"],
    ]


def test_no_board_is_a_header_alone():
    found = leaderboard(runs(("am_64",)))
    assert found == {"boards": [], "across": None}
    assert as_csv(found["boards"]) == ",".join(COLUMNS) + "\n"


def test_the_csv_has_a_row_an_entry():
    rows = list(csv.DictReader(StringIO(as_csv(leaderboard(swept(("digits", "sounds")))["boards"]))))
    assert len(rows) == 14
    first, last = rows[0], rows[6]
    assert (first["board"], first["data"], first["metric"]) == ("digits", "all of digits", "test_accuracy")
    assert (first["entry"], first["variant"], first["p_holm"], first["baseline"]) == (
        "lstm, bidirectional",
        "lstm",
        "",
        "no",
    )
    assert (last["entry"], last["rank"], last["differs_from_best"], last["baseline"]) == ("majority", "7", "yes", "yes")
    assert float(first["low"]) < float(first["mean"]) < float(first["high"])
