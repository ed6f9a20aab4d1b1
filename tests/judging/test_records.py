"""Records of reports/claims.json: the columns of each kind of claim, in the units in which they are claimed."""

from math import exp, log

import pytest

from pipeline.judging.intervals import one_run
from pipeline.judging.judgement import judge_documents
from pipeline.judging.records import metric_of
from pipeline.judging.scales import POSITIVE
from tests.made_documents import DATA, claim, document, number, ordering, rows

VALUES = [0.70, 0.72, 0.69, 0.71, 0.73]
EMPTY = dict.fromkeys(("measured", "low", "high", "mean_low", "mean_high", "seeds", "detectable", "enough", "p"))


def record_of(one, runs=(), structure=None, **part):
    return judge_documents([document(one, **part)], list(runs), structure or {})[0]


def columns(record):
    return {name: record[name] for name in EMPTY}


def test_what_was_not_measured_is_empty():
    for one in (
        number("one", "0.7"),
        ordering("one", ["a test_mse", "b test_mse"]),
        claim("open", "one", reason="r", test="t"),
    ):
        assert columns(record_of(one)) == EMPTY


def test_what_was_counted_has_no_seeds():
    fact = claim("fact", "one", experiment="a", metric="parameters", claimed="3")
    record = record_of(fact, structure={("a", "parameters"): "4"})
    assert columns(record) == EMPTY | {"measured": 4}
    assert (record["data"], record["runs"], record["claimed"]) == ({}, [], 3)


def test_of_several_texts_the_most_frequent_is_shown():
    fact = claim("fact", "one", experiment="a", metric="list", claimed="c4", prints=True, one_run=True)
    runs = [{**row, "facts": {"list": text}} for row, text in zip(rows("a", VALUES), "abbcc", strict=True)]
    runs[4]["facts"] = {"list": "b"}
    assert columns(record_of(fact, runs)) == EMPTY | {"measured": "b", "seeds": 5}


def test_an_ordering_of_shares_is_a_difference():
    runs = [*rows("a", VALUES), *rows("b", [value - 0.1 for value in VALUES[::-1]])]
    record = record_of(ordering("one", ["a test_accuracy", "b test_accuracy"]), runs)
    assert (record["measured"], record["seeds"], record["margin"]) == (pytest.approx(0.1), 5, "1 point")
    assert record["mean_low"] < 0.1 < record["mean_high"] and (record["low"], record["high"]) == (None, None)
    assert 0 < record["p"] < 0.05 and record["detectable"] > 0


def test_an_ordering_of_errors_is_a_factor():
    runs = [*rows("a", [0.4, 0.41, 0.42, 0.4, 0.4], "test_mse"), *rows("b", [0.2, 0.2, 0.21, 0.2, 0.2], "test_mse")]
    record = record_of(ordering("one", ["a test_mse", "b test_mse"]), runs)
    ratios = [2, 2.05, 2, 2, 2]
    assert record["measured"] == pytest.approx(exp(sum(map(log, ratios)) / 5))
    assert record["mean_low"] < record["measured"] < record["mean_high"]
    assert record["detectable"] > 1 and record["margin"] == "a factor of 1.05"


def test_one_seed_of_an_ordering_is_shown_without_an_interval():
    for metric, expected in (("test_accuracy", 0.1), ("test_mse", 7 / 6)):
        runs = [*rows("a", [0.7], metric), *rows("b", [0.6], metric)]
        record = record_of(ordering("one", [f"a {metric}", f"b {metric}"]), runs)
        assert columns(record) == EMPTY | {"measured": pytest.approx(expected), "seeds": 1}


def test_percent_is_a_hundred_times_the_fraction():
    fraction = record_of(number("one", "0.70"), rows("a", VALUES), own_stream=0)
    percent = record_of(number("one", "70", unit="%"), rows("a", VALUES), own_stream=0)
    for name in ("measured", "low", "high", "mean_low", "mean_high", "detectable", "own_stream"):
        assert percent[name] == pytest.approx(100 * fraction[name]), name
    for name in ("seeds", "enough", "verdict"):
        assert percent[name] == fraction[name]


def test_a_ratio_has_the_interval_of_a_run():
    times = [["a cpu_seconds", "b cpu_seconds"]]
    runs = [*rows("a", [4.0, 4.1, 4.2, 4.0, 4.1], "cpu_seconds"), *rows("b", [2.0] * 5, "cpu_seconds")]
    record = record_of(claim("ratio", "one", claimed="4~5", pairs=times), runs)
    found = one_run([2, 2.05, 2.1, 2, 2.05], POSITIVE)
    assert [record[name] for name in ("measured", "low", "high")] == pytest.approx([found.mean, found.low, found.high])
    assert (record["claimed"], record["verdict"], record["margin"]) == ("4~5", "not reproduced", "a factor of 1.25")


def test_the_note_stands_behind_the_reason_and_the_reading_apart():
    record = record_of(number("one", "0.7", note="N", reading="R."), rows("a", VALUES), reading="On other data.")
    assert record["why"].endswith(". N")
    assert record["reading"] == "R. On other data."


def test_data_and_runs_are_named():
    runs = rows("a", VALUES[:1], provenance={"commit": "c", "date": "d"})
    record = record_of(number("one", "0.7", lines="3-4"), runs)
    assert record["data"] == {"a": {"document": DATA, "ours": DATA}}
    assert record["runs"] == [
        {"mlflow_run_id": None, "run_key": "a-0", "experiment": "a", "seed": 0, "commit": "c", "date": "d"}
    ]
    assert (record["lines"], record["id"], record["document"]) == ("3-4", "9.one", "9")


def test_what_a_claim_is_about():
    chains = [["a x", "b x"], ["b x", "0.1"]]
    assert metric_of(ordering("one", *chains)) == "a x > b x; b x > 0.1"
    assert metric_of(claim("ratio", "one", claimed="2", pairs=chains)) == "a x / b x; b x / 0.1"
    assert metric_of(number("one", "0.7", "loss@3")) == "loss@3"
    assert metric_of(claim("open", "one", reason="r", test="t")) == ""
