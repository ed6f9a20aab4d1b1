"""The tables that DVC shows: a file of metrics an experiment, curves, and confusion with its counts."""

import csv
import json
import re
from io import StringIO

import pytest
from ruamel.yaml import YAML

from pipeline.report.tables import POINTS, as_csv, by_experiment, confusion, curve, metrics
from tests.docs.pages import ROOT
from tests.made_results import bare, corrected, run


def scored(seed, value, **changes):
    return bare("am_64", seed, metrics={"test_accuracy": value}, **changes)


def test_the_metrics_are_mean_interval_and_seeds():
    found = metrics([scored(seed, value) for seed, value in enumerate((0.5, 0.6, 0.7))])
    assert found["metric"] == "accuracy" and found["seeds"] == 3 and found["mean"] == 0.6
    assert 0.3 < found["low"] < 0.5 and 0.7 < found["high"] < 0.9


def test_an_interval_of_shares_stays_between_0_and_1():
    found = metrics([scored(0, 0.2), scored(1, 0.9)])
    assert 0 <= found["low"] < 0.2 and 0.9 < found["high"] <= 1


def test_a_seed_counts_once_with_the_mean_of_its_folds():
    rows = corrected("us_lstm_10_10", seeds=2, folds=3)
    for row in rows:
        row["metrics"]["test_accuracy"] = 0.2 * row["fold"] + 0.1 * row["seed"]
    assert metrics(rows)["mean"] == pytest.approx(0.45) and metrics(rows)["seeds"] == 2


@pytest.mark.parametrize("value", [None, 0.5])
def test_what_was_not_measured_is_left_out_since_dvc_takes_no_null(value):
    found = metrics([scored(0, value)])
    assert None not in found.values() and "low" not in found and ("mean" in found) == (value is not None)


def test_runs_on_earlier_data_do_not_count():
    rows = [run("am_64", 0), run("am_64", 1, kind="sample"), run("us_basic_10_10", 0)]
    assert by_experiment(rows) == {"am_64": rows[1:2], "us_basic_10_10": rows[2:]}


def test_a_curve_is_the_mean_of_the_runs_that_reached_an_epoch():
    rows = [bare("am_64", 0, history={"loss": [4, 2, 1]}), bare("am_64", 1, history={"loss": [2, 1]})]
    assert [(row["epoch"], row["train"], row["validation"]) for row in curve(rows, "loss")] == [
        (1, 3, None),
        (2, 1.5, None),
        (3, 1, None),
    ]
    assert curve(rows, "accuracy") == []


def test_a_curve_has_the_epochs_where_validation_was_measured():
    rows = [bare("am_64", 0, history={"loss": [4, 2, 1, 1], "val_loss": [None, 3, None, 2]})]
    assert [(row["epoch"], row["validation"]) for row in curve(rows, "loss")] == [(2, 3), (4, 2)]


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    found = curve([bare("am_64", 0, history={"loss": list(range(2000))})], "loss")
    assert len(found) == POINTS and (found[0]["epoch"], found[-1]["epoch"]) == (1, 2000)


def test_confusion_adds_up_the_runs():
    rows = [bare("am_64", seed, labels=["a", "b"], confusion=[[1, 2], [0, 4]]) for seed in range(2)]
    found = list(csv.DictReader(StringIO(as_csv(confusion(rows)))))
    assert [(row["actual"], row["predicted"], row["count"]) for row in found] == [
        ("a", "a", "2"),
        ("a", "b", "4"),
        ("b", "a", "0"),
        ("b", "b", "8"),
    ]
    assert confusion([bare("product_lstm", 0)]) == []


def test_dvc_draws_the_columns_that_the_tables_have():
    plots = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    wanted = {
        name: {one["x"], *([one["y"]] if isinstance(one["y"], str) else one["y"])}
        for [(name, one)] in ([*entry.items()] for entry in plots)
    }
    rows = [run("am_64", 0)]
    assert wanted == {
        "reports/curves/loss": set(curve(rows, "loss")[0]),
        "reports/curves/accuracy": set(curve(rows, "accuracy")[0]),
        "reports/confusion": set(confusion(rows)[0]) - {"count"},
    }
    template = json.loads((ROOT / ".dvc/plots/counts.json").read_text(encoding="utf-8"))
    assert re.search(r"'op': 'sum', 'field': 'count'", str(template))
