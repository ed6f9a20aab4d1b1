"""What is measured for the claims of the documents without logs, and how it is judged."""

from math import exp, log

import numpy as np
import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.findings import Found, better_of, deciding, is_time, measured, needs_data, with_p
from pipeline.judging.intervals import difference, one_run
from pipeline.judging.judgement import judge_documents
from pipeline.judging.kinds import experiments_of
from pipeline.judging.measures import gather
from pipeline.judging.scales import POSITIVE, SHARE
from tests.made_documents import claim, document, number, ordering, rows
from tests.made_results import CLAIMS, bare

DOCUMENTS = load_claims(CLAIMS)


def judged(runs):
    return {record["id"]: record for record in judge_documents(DOCUMENTS, runs)}


def seeds(experiment, figures, kind="document", **changes):
    """One run a seed, its metrics made of the figures (name: a value a seed)."""
    count = len(next(iter(figures.values())))
    return [
        bare(experiment, seed, kind, metrics={name: values[seed] for name, values in figures.items()}, **changes)
        for seed in range(count)
    ]


def measure_of(one, runs, **part):
    """What is found for the claim of a small document."""
    return measured(one, document(one, **part), gather(runs, experiments_of(one)), {})


# Metrics


@pytest.mark.parametrize("name", ["val_loss@10", "test_mse", "test_mae", "test_celsius"])
def test_errors_are_better_when_lower(name):
    assert better_of(name) == "lower"


@pytest.mark.parametrize("name", ["test_accuracy", "one_step_right", "gradient_reach"])
def test_shares_and_counts_are_better_when_higher(name):
    assert better_of(name) == "higher"


@pytest.mark.parametrize("name", ["train_seconds", "seconds@0..10", "cpu_seconds"])
def test_times_are_neither(name):
    assert better_of(name) is None
    assert is_time(number("one", "3", name)) and is_time(ordering("one", [f"a {name}", f"b {name}"]))
    assert not is_time(number("one", "3", "loss"))


def test_a_number_of_parameters_needs_no_data():
    fact = {"experiment": "a", "claimed": "3"}
    assert not needs_data(claim("fact", "one", metric="parameters of lstm", **fact))
    assert needs_data(claim("fact", "one", metric="rows", **fact)) and needs_data(number("one", "0.5"))


# Figures

VALUES = [0.70, 0.72, 0.69, 0.71, 0.73]


def test_a_figure_has_the_interval_of_a_run_on_the_samples_of_both():
    found = measure_of(number("one", "0.7"), rows("a", VALUES, test_size=1000))
    assert found.interval == one_run(VALUES, SHARE, 1000, 385)
    assert measure_of(number("one", "0.7"), rows("a", VALUES, test_size=None)).interval == one_run(
        VALUES, SHARE, 385, 385
    )
    same = measure_of(number("one", "0.7"), rows("a", VALUES, test_size=1000), same_test_part=True)
    assert same.interval == one_run(VALUES, SHARE, 1000, None)


def test_validation_and_training_figures_use_the_documents_sizes():
    for metric, size in (("val_accuracy", 100), ("accuracy", 1000)):
        assert measure_of(number("one", "0.7", metric), rows("a", VALUES, metric)).interval == one_run(
            VALUES, SHARE, size, size
        )


def test_the_documents_own_stream_is_shown_and_in_no_interval():
    found = measure_of(number("one", "0.7"), rows("a", VALUES), own_stream=2)
    assert found.own == 0.69
    assert found.interval == one_run([0.70, 0.72, 0.71, 0.73], SHARE, 385, 385)
    alone = measure_of(number("one", "0.7"), rows("a", VALUES[:1]), own_stream=0)
    assert (alone.interval, alone.own, alone.nothing) == (None, 0.70, False)
    pairs = measure_of(ordering("one", ["a test_accuracy", "0.5"]), rows("a", VALUES), own_stream=2).pairs
    assert (pairs[0].seeds, pairs[0].mean) == (4, pytest.approx(0.215))


def test_the_sample_says_nothing_of_data():
    assert measure_of(number("one", "0.7"), rows("a", VALUES, data_kind="sample")).nothing
    fact = claim("fact", "one", experiment="a", metric="parameters", claimed="3")
    assert measure_of(fact, rows("a", VALUES, data_kind="sample", parameters=4)).texts == ("4",) * 5


# Orderings

SIDES = ["a test_accuracy", "b test_accuracy"]


def test_shares_differ_in_points_and_errors_by_the_logarithm():
    above, below = [0.7, 0.8], [0.6, 0.65]
    runs = [*rows("a", above), *rows("b", below)]
    expected = difference([0.7 - 0.6, 0.8 - 0.65], 0.01)
    assert measure_of(ordering("one", SIDES), runs).pairs[0].found == expected
    assert measure_of(ordering("one", SIDES), runs).pairs[0].mean == pytest.approx(0.125)
    errors = [*rows("a", above, "test_mse"), *rows("b", below, "test_mse")]
    pair = measure_of(ordering("one", ["a test_mse", "b test_mse"]), errors).pairs[0]
    assert pair.mean == pytest.approx((log(0.7 / 0.6) + log(0.8 / 0.65)) / 2)
    assert pair.found.step == pytest.approx(log(1.05))


def test_seeds_meet_where_both_sides_have_them():
    runs = [*rows("a", [0.7] * 4), *[{**row, "seed": row["seed"] + 2} for row in rows("b", [0.6] * 4)]]
    pair = measure_of(ordering("one", SIDES), runs).pairs[0]
    assert (pair.seeds, pair.mean) == (2, pytest.approx(0.1))
    assert measure_of(ordering("one", SIDES), [*runs[:1], runs[-1]]).pairs == ()


def test_one_seed_is_a_difference_without_a_test():
    pair = measure_of(ordering("one", SIDES), [*rows("a", [0.7]), *rows("b", [0.6])]).pairs[0]
    assert (pair.found, pair.seeds, pair.p) == (None, 1, 1.0)


def test_the_largest_overlap_of_the_runs_counts():
    runs = [*rows("a", VALUES, overlap=0.25), *rows("b", VALUES[::-1], overlap=None)]
    expected = difference([x - y for x, y in zip(VALUES, VALUES[::-1], strict=True)], 0.01, 0.25)
    assert measure_of(ordering("one", SIDES), runs).pairs[0].found == expected


def test_times_share_no_rows():
    runs = [
        *rows("a", VALUES, "train_cpu_seconds", overlap=0.25),
        *rows("b", VALUES[::-1], "train_cpu_seconds", overlap=0.25),
    ]
    sides = ["a train_cpu_seconds", "b train_cpu_seconds"]
    shared = measure_of(ordering("one", sides), runs).pairs[0].found
    alone = measure_of(ordering("one", sides), [row | {"overlap": 0.0} for row in runs]).pairs[0].found
    assert shared is not None and shared == alone


def test_correction_multiplies_p_and_more_so_for_what_points_the_other_way():
    runs = [*rows("a", VALUES), *rows("b", [value - 0.001 * seed for seed, value in enumerate(VALUES)])]
    found = measure_of(ordering("one", SIDES, SIDES[::-1]), runs)
    up, down = found.pairs
    assert up.p == pytest.approx(down.p)
    corrected = with_p(found, (1.5, 1.25)).pairs
    assert [one.p for one in corrected] == pytest.approx([1.5 * up.p, 2.5 * down.p])
    assert [one.p for one in with_p(found, (1e9, 1e9)).pairs] == [1, 1]
    assert with_p(Found(), (3.0, 3.0)) == Found()


def test_the_pair_that_decides_is_the_weakest():
    runs = [*rows("a", [0.9, 0.91, 0.92, 0.9, 0.91]), *rows("b", VALUES)]
    found = measure_of(ordering("one", ["a test_accuracy", "b test_accuracy", "0.5"], SIDES[::-1]), runs)
    pair, judgement = deciding(found.pairs, SHARE)
    assert (pair.first, pair.second, judgement.verdict) == ("b test_accuracy", "a test_accuracy", "refuted")


def test_a_ratio_is_the_mean_over_its_pairs_for_every_seed_that_has_all():
    times = claim("ratio", "one", claimed="2", pairs=[["a cpu_seconds", "b cpu_seconds"], ["b cpu_seconds", "2"]])
    runs = [*rows("a", [4.0, 8.0, 6.0], "cpu_seconds"), *rows("b", [2.0, 4.0], "cpu_seconds")]
    found = measure_of(times, runs)
    assert found.interval == one_run([(2 + 1) / 2, (2 + 2) / 2], POSITIVE)


# In the documents


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.289736, "reproduced"), (0.289738, "not reproduced"), (0.2897, "better")]
)
def test_a_forecast_without_chance_is_held_to_its_sixth_decimal(value, verdict):
    record = judged(seeds("jena_naive", {"val_loss": [value] * 5}, epochs=0))["002.jena_naive.mae"]
    assert record["verdict"] == verdict
    assert record["claimed"] == 0.2897359729905486
    assert record["low"] == pytest.approx(value) == record["high"]


def test_the_climate_of_other_years_is_other_data():
    runs = seeds("jena_naive", {"val_loss": [0.2] * 5}, "other", epochs=0, data="2024", facts={"rows": "19132"})
    records = judged([*runs, *seeds("jena_gru", {"val_loss": [0.1] * 5}, "document", epochs=20)])
    assert records["002.jena.rows"]["measured"] == 19132
    for name in ("jena.rows", "jena_naive.mae", "gru-beats-today"):  # one of two on other data is enough
        assert records[f"002.{name}"]["verdict"] == "other data", name
    assert "measured on 2024" in records["002.gru-beats-today"]["why"]
    assert records["002.gru-beats-today"]["measured"] == pytest.approx(2)  # times the error
    assert records["002.gru-beats-today"]["data"]["jena_naive"] == {
        "document": "Jena climate 2009-2016",
        "ours": "2024",
    }


def test_facts_of_data_are_told_by_the_runs():
    facts = {"dataset shape": "(50, 5)", "dataset matrix": "1 2 3"}
    records = judged([bare("song_basic", 0, facts=facts)])
    assert (records["002.song.shape"]["verdict"], records["002.song.shape"]["seeds"]) == ("reproduced", 1)
    assert records["002.song.matrix"]["verdict"] == "not reproduced"
    assert judged([])["002.song.shape"]["verdict"] == "not attempted"


def test_wires_are_counted_by_the_runs():
    runs = [bare("reuters_mlp", seed, facts={"wires": "11228", "topics": "46"}) for seed in range(3)]
    record = judged(runs)["002.reuters.wires"]
    assert (record["claimed"], record["measured"], record["verdict"]) == (11258, 11228, "not reproduced")
    assert judged(runs)["002.reuters.topics"]["verdict"] == "reproduced"


def test_ten_predictions_of_one_network_are_looked_for_among_ours():
    told, other = "0 1 0 0 1 1 1 0 1 1", "0 1 1 0 1 1 1 0 1 1"
    name = "002.imdb_lstm.first-ten-predictions"
    runs = [bare("imdb_lstm", seed, facts={"first ten predictions": told if seed > 2 else other}) for seed in range(5)]
    assert judged(runs)[name]["verdict"] == "reproduced"
    assert "2 of our 5 runs" in judged(runs)[name]["why"]
    few = judged(runs[:1])[name]
    assert (few["verdict"], few["measured"], few["few"]) == ("not attempted", other, True)
    assert "SEEDS=5" in few["why"]


def test_an_accuracy_in_percent_is_judged_in_percent():
    scores = [0.90, 0.91, 0.89, 0.90, 0.90]
    record = judged(seeds("song_basic", {"test_accuracy": scores}, epochs=2000, test_size=50))[
        "002.song_basic.evaluate"
    ]
    assert (record["verdict"], record["margin"]) == ("reproduced", "5 points")
    assert (record["claimed"], record["unit"], record["measured"]) == (90.0, "%", pytest.approx(90))
    found = one_run(scores, SHARE, 50)
    assert [record[name] for name in ("low", "high", "detectable")] == pytest.approx(
        [100 * end for end in (found.low, found.high, found.detectable)]
    )


def test_a_song_learned_by_heart_and_one_that_misses_a_note_a_run():
    by_heart = {"test_accuracy": [1.0] * 5}
    assert judged(seeds("song_state", by_heart, epochs=2000, test_size=50))["002.song_state.evaluate"]["verdict"] == (
        "reproduced"
    )
    worse = {"test_accuracy": [0.8, 0.78, 0.82, 0.8, 0.79]}
    assert judged(seeds("song_state", worse, epochs=2000, test_size=50))["002.song_state.evaluate"]["verdict"] == (
        "not reproduced"
    )


def test_a_shorter_song_does_not_answer():
    record = judged(seeds("song_state", {"test_accuracy": [1.0] * 5}, epochs=50))["002.song_state.evaluate"]
    assert (record["verdict"], record["measured"]) == ("not attempted", None)
    assert "ran for 50 epochs, the document for 2000" in record["why"]


def test_seconds_of_another_machine_are_shown_only():
    clock = [float(second) for second in range(9, 100, 9)]  # 9 seconds an epoch
    runs = [bare("reuters_mlp", seed, epochs=10, history={"seconds": clock}) for seed in range(5)]
    record = judged(runs)["002.reuters_mlp.seconds"]
    assert (record["measured"], record["verdict"], record["margin"]) == (9, "shown only", "")


def test_processor_time_orders_the_networks():
    spent = {"product_lstm": [9.0, 9.1, 8.9, 9.0, 9.2], "product_rnn": [4.0, 4.1, 4.2, 4.0, 4.1]}
    runs = [row for name, times in spent.items() for row in seeds(name, {"cpu_seconds": times}, epochs=100)]
    record = judged(runs)["002.lstm-slow"]
    assert (record["verdict"], record["evidence"]) == ("reproduced", "interpretations")
    ratio = np.mean([log(a / b) for a, b in zip(*spent.values(), strict=True)])
    assert record["measured"] == pytest.approx(exp(ratio))
    assert "times" in record["why"]


def test_a_constant_may_stand_first():
    runs = seeds("product_rnn", {"gradient_reach_first": [0.01, 0.02, 0.03, 0.02, 0.02]}, epochs=100)
    record = judged(runs)["002.rnn-vanishes"]
    assert (record["verdict"], record["measured"]) == ("reproduced", pytest.approx(53, rel=0.1))  # times smaller
    assert record["mean_low"] < record["measured"] < record["mean_high"]
    assert record["same_test_as"] == "000.gradient-shrinks"


def test_a_sentence_without_code_is_judged_by_the_corrected_protocol():
    pair = {
        "jena_gru_corrected": [0.3, 0.31, 0.32, 0.3, 0.31],
        "jena_gru_bidirectional_corrected": [0.2, 0.21, 0.2, 0.21, 0.2],
    }
    corrected = {"protocol": "corrected", "epochs": 9}
    runs = [run for name, errors in pair.items() for run in seeds(name, {"test_mae": errors}, **corrected)]
    record = judged(runs)["002.bidirectional"]
    assert record["verdict"] == "reproduced"
    assert record["why"].endswith("; in the corrected protocol")
    assert record["reading"].startswith("It lowers the error")
    for row in runs:
        row["protocol"] = "as_written"
    assert judged(runs)["002.bidirectional"]["verdict"] == "not attempted"


def test_advice_is_judged_on_the_digits_and_is_an_interpretation():
    data = {"data": "scikit-learn's digits"}
    runs = seeds("digits_lstm", {"test_accuracy": [0.95, 0.96, 0.955, 0.95, 0.96]}, epochs=30, **data)
    runs += seeds("digits_one_epoch", {"test_accuracy": [0.4, 0.45, 0.42, 0.44, 0.41]}, epochs=1, **data)
    runs += seeds("digits_three_layers", {"test_accuracy": [0.96, 0.90, 0.955, 0.97, 0.91]}, epochs=30, **data)
    runs += seeds("digits_two_layers", {"test_accuracy": [0.96, 0.95, 0.965, 0.96, 0.95]}, epochs=30, **data)
    records = judged(runs)
    several, more = records["003.several-epochs"], records["003.more-layers"]
    assert (several["verdict"], several["evidence"]) == ("reproduced", "interpretations")
    assert several["reading"].endswith("the rows of an image as a sequence.")
    assert more["verdict"] == "cannot tell" and "the weakest of 2" in more["why"]
    anywhere = [{**row, "data": "other digits", "data_kind": "other"} for row in runs]
    assert judged(anywhere)["003.several-epochs"]["verdict"] == "reproduced"  # any data but the sample will do
    sample = [{**row, "data_kind": "sample"} for row in runs]
    assert judged(sample)["003.several-epochs"]["verdict"] == "not attempted"
