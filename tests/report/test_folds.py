"""One interval of the mean for every table and figure: over folds where there are several, else over runs."""

import numpy as np
import pytest

from pipeline.judging.intervals import one_run
from pipeline.judging.scales import scale_of
from pipeline.report import leak, window
from pipeline.report.families import experiment
from pipeline.report.folds import by_fold, overall
from pipeline.report.sections import corrected as table
from tests.made_results import bare, corrected

NAME = "us_lstm_10_100_full"


def folded():
    rows = corrected(NAME, seeds=5, folds=2, kind="other")
    for row in rows:
        row["metrics"]["test_accuracy"] = (0.35 if row["fold"] == 1 else 0.36) + 0.004 * row["seed"]
    return rows


def test_runs_of_one_fold_do_not_make_the_mean_surer():
    rows = folded()
    means = [np.mean([row["metrics"]["test_accuracy"] for row in rows if row["fold"] == fold]) for fold in (1, 2)]
    wanted, found = one_run(means, scale_of("test_accuracy")), overall(rows, "test_accuracy")
    assert (found.mean, found.mean_low, found.mean_high) == pytest.approx((0.363, wanted.mean_low, wanted.mean_high))
    alone = [row for row in rows if row["fold"] == 1]
    assert overall(alone, "test_accuracy").seeds == 5


def test_runs_without_a_score_are_left_out():
    rows = [bare(NAME, 0), *folded()]
    assert list(by_fold(rows, "test_accuracy")) == [1, 2]
    assert overall([bare(NAME, 0)], "test_accuracy") is None


def test_every_place_of_the_page_has_the_same_interval():
    rows, audit = folded(), {"10_100_full": {"fold 1": {"share": 0.0}, "fold 2": {"share": 0.0}}}
    interval = table(rows)[0]["overall"]["mean_interval"]
    assert next(one["interval"] for one in window.section(rows, [])["table"] if one["name"] == NAME) == interval
    assert leak.section(audit, rows, [])["measured"][0]["interval"] == interval
    assert experiment(NAME, rows, [])["ours"]["mean_interval"] == interval
