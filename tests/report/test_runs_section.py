"""Every run on the page: its ids, its origin and the command that repeats it."""

import csv
from io import StringIO

from pipeline.report.runs import all_runs, anchor, cell, every_run, of_a_claim
from tests.made_results import corrected, run, runs, swept, traced

BEGUN = "2026-11-26 09:02:00+00:00"


def texts(line):
    return [cell["text"] for cell in line["cells"]]


def test_what_all_runs_agree_in_is_said_once():
    one = all_runs(traced(runs(("am_64",), 3)), ())[0]
    shared = dict(one["shared"])
    assert shared == {
        "metric": "test_accuracy",
        "commit": "c0ffee",
        "sha256 of the data": "d" * 64,
        "machine": "Linux, 2 cores",
    }
    assert one["heads"] == ["seed", "value", "run key", "begun"]
    assert texts(one["rows"][2]) == ["2", f"{run('am_64', 2)['metrics']['test_accuracy']:.6g}", "am_64-2", BEGUN[:16]]
    assert one["rows"][2]["cells"][3]["title"] == BEGUN.replace(" ", "T")
    assert (one["count"], one["rows"][2]["anchor"]) == (3, "run-am_64-2")


def test_what_differs_is_a_column_and_what_is_unknown_is_not_shown():
    rows = traced(runs(("am_64",), 2))
    rows[1]["provenance"] = {"machine": "Darwin, 8 cores"}
    one = all_runs(rows, ())[0]
    assert "machine" in one["heads"] and "test fold" not in one["heads"]
    assert [texts(line)[one["heads"].index("commit")] for line in one["rows"]] == ["c0ffee", "–"]


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


def test_a_hash_is_cut_and_the_whole_of_it_is_the_title():
    whole = "0123456789abcdef" * 4
    assert cell("weights_sha256", whole) == {"text": "0123456789ab", "title": whole, "kind": "hash"}
    assert cell("git_commit", f"{whole[:40]}-dirty")["text"] == "0123456789ab-dirty"
    assert cell("git_commit", "c0ffee")["title"] == "" and cell("run_key", None)["text"] == "–"


def test_the_file_has_every_run_with_figure_and_weights_in_full():
    rows = traced([run("am_64", 0, weights_sha256="e" * 64), *swept(seeds=1)[:1]])
    found = list(csv.DictReader(StringIO(every_run(rows))))
    assert len(found) == 2 and "engine" not in found[0] and found[1]["weights_sha256"] == ""
    assert float(found[0]["value"]) == rows[0]["metrics"]["test_accuracy"] and found[0]["metric"] == "test_accuracy"
    assert (found[0]["weights_sha256"], found[0]["data_digest"], found[0]["fold"]) == ("e" * 64, "d" * 64, "")
    assert every_run([]).count("\n") == 1
    assert "engine" in every_run([run("am_64", 0, engine="jax")])
