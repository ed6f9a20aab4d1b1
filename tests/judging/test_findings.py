"""What is measured for the claims of the documents without logs, and how it is judged."""

import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.findings import better_of
from pipeline.judging.judgement import judge_documents
from tests.made_results import CLAIMS, bare

DOCUMENTS = load_claims(CLAIMS)


def judged(rows):
    return {record["id"]: record for record in judge_documents(DOCUMENTS, rows)}


def seeds(experiment, figures, kind="document", **changes):
    """One run a seed, its metrics made of the figures (name: a value a seed)."""
    count = len(next(iter(figures.values()))) if figures else 3
    return [
        bare(experiment, seed, kind, metrics={name: values[seed] for name, values in figures.items()}, **changes)
        for seed in range(count)
    ]


@pytest.mark.parametrize("name", ["val_loss@10", "train_seconds", "test_mse", "test_mae", "test_celsius"])
def test_errors_and_times_are_better_when_lower(name):
    assert better_of(name) == "lower"


@pytest.mark.parametrize("name", ["test_accuracy", "one_step_right", "gradient_reach"])
def test_shares_and_counts_are_better_when_higher(name):
    assert better_of(name) == "higher"


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.289736, "reproduced"), (0.289738, "not reproduced"), (0.2897, "better")]
)
def test_a_forecast_without_chance_is_held_to_its_sixth_decimal(value, verdict):
    record = judged(seeds("jena_naive", {"val_loss": [value] * 3}, epochs=0))["002.jena_naive.mae"]
    assert record["verdict"] == verdict
    assert record["claimed"] == 0.2897359729905486
    assert record["low"] == record["high"] == value


def test_the_climate_of_other_years_is_other_data():
    rows = seeds("jena_naive", {"val_loss": [0.2] * 3}, "other", epochs=0, data="2024", facts={"rows": "19132"})
    records = judged([*rows, *seeds("jena_gru", {"val_loss": [0.1] * 3}, "document", epochs=20)])
    assert records["002.jena.rows"]["measured"] == 19132
    for name in ("jena.rows", "jena_naive.mae", "gru-beats-today"):  # one of two on other data is enough
        assert records[f"002.{name}"]["verdict"] == "other data", name
    assert "measured on 2024" in records["002.gru-beats-today"]["why"]
    assert records["002.gru-beats-today"]["measured"] == pytest.approx(0.1)


def test_facts_of_data_are_told_by_the_runs():
    facts = {"dataset shape": "(50, 5)", "dataset matrix": "1 2 3"}
    records = judged([bare("song_basic", 0, facts=facts)])
    assert (records["002.song.shape"]["verdict"], records["002.song.shape"]["seeds"]) == ("reproduced", 1)
    assert records["002.song.matrix"]["verdict"] == "not reproduced"
    assert judged([])["002.song.shape"]["verdict"] == "not attempted"


def test_wires_are_counted_beside_the_contradiction():
    rows = [bare("reuters_mlp", seed, facts={"wires": "11228", "topics": "46"}) for seed in range(3)]
    record = judged(rows)["002.reuters.wires"]
    assert (record["claimed"], record["measured"], record["verdict"]) == (11258, 11228, "contradicts itself")
    assert judged(rows)["002.reuters.topics"]["verdict"] == "reproduced"


def test_ten_predictions_of_one_network_are_looked_for_among_ours():
    told, other = "0 1 0 0 1 1 1 0 1 1", "0 1 1 0 1 1 1 0 1 1"
    name = "002.imdb_lstm.first-ten-predictions"
    rows = [bare("imdb_lstm", seed, facts={"first ten predictions": told if seed else other}) for seed in range(3)]
    assert judged(rows)[name]["verdict"] == "reproduced"
    assert "2 of our 3 runs" in judged(rows)[name]["why"]
    few = judged(rows[:1])[name]
    assert (few["verdict"], few["measured"]) == ("not attempted", other)
    assert "SEEDS=3" in few["why"]


def test_an_accuracy_in_percent_is_shown_beside_the_contradiction():
    record = judged(seeds("song_basic", {"test_accuracy": [0.90, 0.92, 0.88]}, epochs=2000))["002.song_basic.evaluate"]
    assert record["verdict"] == "contradicts itself"
    assert (record["claimed"], record["unit"], record["measured"]) == (90.0, "%", pytest.approx(90))


def test_a_song_learned_by_heart():
    figures = {"test_accuracy": [1.0] * 3, "song_right": [50.0, 50.0, 50.0], "one_step_right": [50.0, 49.0, 50.0]}
    records = judged(seeds("song_state", figures, epochs=2000))
    for name in ("evaluate", "full-song", "one-step"):
        assert records[f"002.song_state.{name}"]["verdict"] == "reproduced", name


def test_a_shorter_song_does_not_answer():
    record = judged(seeds("song_state", {"test_accuracy": [1.0] * 3}, epochs=50))["002.song_state.evaluate"]
    assert (record["verdict"], record["measured"]) == ("not attempted", None)
    assert "ran for 50 epochs, the document for 2000" in record["why"]


@pytest.mark.parametrize(
    ("both", "verdict"), [([1.0, 1.0, 1.0], "reproduced"), ([0.9, 0.9, 0.9], "not reproduced"), ([2.0] * 3, "better")]
)
def test_as_well_is_a_ratio_of_one(both, verdict):
    rows = [*seeds("song_two_features", {"test_accuracy": both}, epochs=2000)]
    rows += seeds("song_state", {"test_accuracy": [1.0] * 3}, epochs=2000)
    assert judged(rows)["002.two-features-as-well"]["verdict"] == verdict


def test_milliseconds_are_seconds_over_the_articles():
    clock = [float(second) for second in range(9, 100, 9)]  # 9 seconds an epoch
    rows = [bare("reuters_mlp", seed, epochs=10, history={"seconds": clock}) for seed in range(3)]
    records = judged(rows)
    each = records["002.reuters_mlp.milliseconds"]
    assert (each["measured"], each["verdict"]) == (pytest.approx(9 / 8.982), "reproduced")
    assert "the machine too" in each["why"]
    assert records["002.reuters_mlp.seconds"]["measured"] == 9
    assert records["002.reuters_mlp.seconds"]["verdict"] == "better"


def test_products_are_held_against_the_guess_of_the_same_run():
    rows = seeds("product_lstm", {"test_mse": [0.01, 0.011, 0.012], "test_constant_mse": [0.048, 0.049, 0.05]})
    rows += seeds("product_rnn", {"test_mse": [0.048, 0.0485, 0.051], "test_constant_mse": [0.048, 0.049, 0.05]})
    records = judged(rows)
    assert records["004.lstm-learns"]["verdict"] == records["004.lstm-beats-rnn"]["verdict"] == "reproduced"
    assert records["004.rnn-learns"]["verdict"] == "not reproduced"
    assert records["004.lstm-learns"]["metric"] == "product_lstm test_constant_mse > product_lstm test_mse"


def test_a_constant_may_stand_first():
    rows = seeds("product_rnn", {"gradient_reach": [0.01, 0.02, 0.03]})
    record = judged(rows)["002.rnn-vanishes"]
    assert (record["verdict"], record["measured"]) == ("reproduced", pytest.approx(0.98))


def test_a_sentence_without_code_is_judged_by_the_corrected_protocol():
    pair = {"jena_gru_corrected": [0.3, 0.31, 0.32], "jena_gru_bidirectional_corrected": [0.2, 0.21, 0.23]}
    corrected = {"protocol": "corrected", "epochs": 9}
    rows = [run for name, errors in pair.items() for run in seeds(name, {"test_mae": errors}, **corrected)]
    record = judged(rows)["002.bidirectional"]
    assert record["verdict"] == "reproduced"
    assert "; in the corrected protocol. Read as" in record["why"]
    for row in rows:
        row["protocol"] = "as_written"
    assert judged(rows)["002.bidirectional"]["verdict"] == "not attempted"


def test_advice_is_judged_on_the_digits():
    rows = seeds("digits_lstm", {"test_accuracy": [0.95, 0.96, 0.955]}, epochs=30)
    rows += seeds("digits_one_epoch", {"test_accuracy": [0.4, 0.45, 0.42]}, epochs=1)
    rows += seeds("digits_three_layers", {"test_accuracy": [0.96, 0.94, 0.955]}, epochs=30)
    rows += seeds("digits_two_layers", {"test_accuracy": [0.96, 0.95, 0.965]}, epochs=30)
    records = judged(rows)
    assert records["003.several-epochs"]["verdict"] == "reproduced"
    assert records["003.more-layers"]["verdict"] == "not reproduced"
    assert "the weakest of 2" in records["003.more-layers"]["why"]
    assert records["003.mnist-plan"]["verdict"] == "not attempted"
    assert "ORIGINALS=1" in records["003.mnist-plan"]["why"]
