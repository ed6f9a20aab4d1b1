"""Which runs count, and the figure that a metric names in each of them."""

import json

import pytest

from pipeline.base.console import UserError
from pipeline.judging.measures import counting_runs, fact, gather, measure, read_results, term_values
from pipeline.judging.printed import parse_term
from pipeline.spec.run import JAX, TENSORFLOW
from tests.made_results import bare, corrected, run, runs

SMALL = ("us_basic_10_10", "us_lstm_10_10", "us_state_10_10")


def test_clips_right_are_counted_at_the_end_only():
    row = run("us_basic_10_10", 0)
    row["examples"][0] = {"text": "a", "truth": "a", "estimate": "a", "probability": 1.0}
    assert measure(row, "examples_correct@110") == 1.0
    assert measure(row, "examples_correct@10") is None


def test_measures_that_are_not_there():
    row = run("us_lstm_10_10", 0)
    row["history"]["loss"][4] = None
    assert measure(row, "loss@5") is None
    assert measure(row, "loss@111") is None
    assert measure(row, "no_such") is None
    assert measure(row, "test_accuracy", epochs=100) is None
    assert measure(row, "seconds@0..5") == 15.0


def test_a_run_of_a_stack_has_no_core_for_itself_to_be_timed_on():
    row = run("us_lstm_10_10", 0)
    row["history"]["cpu_seconds"] = row["history"]["seconds"]
    assert measure(row | {"engine": TENSORFLOW}, "cpu_seconds@5") == measure(row, "cpu_seconds@5") == 15.0
    stacked = row | {"engine": JAX}  # as rows have it; `timed` writes the word itself
    assert measure(stacked, "cpu_seconds@5") is measure(stacked, "train_cpu_seconds") is None
    assert measure(stacked, "seconds@5") == 15.0


def test_a_baseline_has_no_history_and_its_figures_at_the_end():
    row = bare("jena_naive", 0, epochs=0, metrics={"val_loss": 0.29, "test_mae": 0.3}, history={"val_loss": []})
    assert measure(row, "val_loss") == 0.29
    assert measure(row, "test_mae") == 0.3
    assert measure(row, "val_loss", epochs=20) is None


def test_a_fact_is_one_of_the_family_or_of_every_run():
    row = bare("song_basic", 0, facts={"dataset shape": "(50, 5)"}, parameters=68108)
    assert [fact(row, name) for name in ("dataset shape", "parameters", "rows")] == ["(50, 5)", "68108", None]
    assert fact(run("am_64", 0), "parameters") == "27713"  # a row without facts


def test_a_sentence_without_code_counts_the_corrected_runs_alone():
    rows = [*runs(SMALL), *corrected("us_lstm_10_10", folds=1)]
    evidence = gather(rows, ["us_lstm_10_10"], "corrected")
    assert [row["protocol"] for row in evidence.by_experiment["us_lstm_10_10"]] == ["corrected"] * 3
    assert gather(rows, ["us_basic_10_10"], "corrected").kind == "none"


def test_the_better_data_counts_and_the_corrected_protocol_does_not():
    rows = [*runs(SMALL, kind="sample"), *runs(SMALL), *runs(SMALL, kind="other"), *corrected("us_lstm_10_10")]
    assert {row["data_kind"] for row in counting_runs(rows, "us_lstm_10_10")} == {"document"}
    assert counting_runs(corrected("us_lstm_10_10"), "us_lstm_10_10") == []
    assert len(counting_runs(rows + rows, "us_lstm_10_10")) == 5


def test_the_weakest_data_of_all_experiments_say_what_a_claim_is_worth():
    both = gather([*runs(SMALL[:1]), *runs(SMALL[1:2], kind="other")], list(SMALL[:2]))
    assert (both.kind, both.data(SMALL[1])) == ("other", "part of UrbanSound8K: 365 of 2552 clips")
    assert len(both.all) == 10
    missing = gather(runs(SMALL[:1]), list(SMALL[:2]))
    assert (missing.kind, missing.data(SMALL[1]), gather([], []).kind) == ("none", "", "none")


def test_of_two_data_sets_of_a_kind_the_last_counts():
    rows = [run("am_64", 0, data="one"), run("am_64", 1, data="one"), run("am_64", 0, data="two")]
    assert [(row["seed"], row["data"]) for row in counting_runs(rows, "am_64")] == [(0, "two")]


def test_terms_have_the_seeds_that_all_their_pieces_have():
    rows = [bare(name, seed, metrics={"x": seed / 2}) for name in ("n_a", "n_b") for seed in range(2 + (name == "n_b"))]
    found = gather(rows, ["n_a", "n_b"])
    assert term_values(parse_term("n_b x - n_a x"), found, {}) == {0: 0.0, 1: 0.0}
    assert term_values(parse_term("n_b x"), found, {}) == {0: 0.0, 1: 0.5, 2: 1.0}
    assert term_values(parse_term("0.1"), found, {}) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("{}", "list of runs"),
        ('[{"experiment": "x"}]', "run 0 has no `protocol`"),
        (json.dumps([{**run("am_64", 0), "data_kind": "fake"}]), "data_kind 'fake'"),
    ],
)
def test_results_that_are_no_results_are_refused(tmp_path, text, words):
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=words):
        read_results(path)
