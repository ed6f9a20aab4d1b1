"""Every run on the page: its ids, its origin and the command that repeats it."""

from pipeline.report.runs import all_runs, anchor, of_a_claim
from tests.made_results import corrected, runs, swept, traced


def test_what_all_runs_agree_in_is_said_once():
    one = all_runs(traced(runs(("am_64",), 3)), ())[0]
    shared = dict(one["shared"])
    assert shared == {"commit": "c0ffee", "sha256 of the data": "d" * 64, "machine": "Linux, 2 cores"}
    assert one["heads"] == ["seed", "run key", "begun"]
    assert one["rows"][2]["cells"] == ["2", "am_64-2", "2026-11-26T09:02:00+00:00"]
    assert (one["count"], one["rows"][2]["anchor"]) == (3, "run-am_64-2")


def test_what_differs_is_a_column_and_what_is_unknown_is_not_shown():
    rows = traced(runs(("am_64",), 2))
    rows[1]["provenance"] = {"machine": "Darwin, 8 cores"}
    one = all_runs(rows, ())[0]
    assert "machine" in one["heads"] and "test fold" not in one["heads"]
    assert [line["cells"][one["heads"].index("commit")] for line in one["rows"]] == ["c0ffee", "–"]


def test_the_command_makes_the_runs_again():
    assert all_runs(runs(("am_64",), 3), ())[0]["command"] == "dvc exp run -S 'run.experiments=[am_64]' -S run.seeds=3"
    real = runs(("us_lstm_10_100",), 2, "other")
    assert all_runs(real, {"us_lstm_10_100"})[0]["command"].endswith("-S run.seeds=2 -S 'run.originals=[sounds]'")
    sample = corrected("us_basic_10_100_full", 2)
    assert "originals" not in all_runs(sample, {"us_basic_10_100_full"})[0]["command"]
    assert all_runs(swept(), ()) == []


def test_a_claim_without_runs_has_no_table():
    assert of_a_claim([]) is None
    found = of_a_claim([{"run_key": "k" * 64, "experiment": "am_64", "seed": 0, "mlflow_run_id": "m"}])
    assert found["heads"] == ["seed", "MLflow run"] and found["rows"][0]["anchor"] == anchor({"run_key": "k" * 64})
