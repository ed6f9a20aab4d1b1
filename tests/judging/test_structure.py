"""Parameters counted from the layers, and what they say of the claims when there is no run."""

import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import judge_documents
from pipeline.judging.structure import counts, is_structure, structure_of
from pipeline.params import load, parse
from tests.made_results import CLAIMS, bare

DOCUMENTS = load_claims(CLAIMS)
STRUCTURE = structure_of(load(CLAIMS.parent / "params.yaml"))


def judged(rows, structure=STRUCTURE):
    return {record["id"]: record for record in judge_documents(DOCUMENTS, rows, structure)}


def test_the_layers_add_up():
    found = counts({"embedding": 320_000, "simple_rnn": 2080, "dense": 33})
    assert found["parameters"] == found["trainable parameters"] == 322_113
    assert found["parameters before the output layer"] == 322_080
    assert found["parameters of simple_rnn"] == 2080
    assert found["non-trainable parameters"] == 0


def test_the_last_dense_layer_reads_out_and_a_baseline_has_none():
    assert counts({"lstm": 10, "dense": 5, "dense_2": 2, "dropout": 0})["parameters before the output layer"] == 15
    assert counts({})["parameters before the output layer"] == 0


def test_layers_without_parameters_are_those_of_the_experiment():
    assert STRUCTURE["imdb_cnn_lstm", "parameters of max_pooling1d"] == "0"
    assert STRUCTURE["imdb_cnn_lstm", "parameters of dropout"] == "0"
    assert ("imdb_lstm", "parameters of dropout") not in STRUCTURE
    assert ("reuters_cnn", "parameters of max_pooling1d") not in STRUCTURE


def test_every_parameter_of_the_documents_is_counted_without_a_run():
    records = [record for record in judged([]).values() if is_structure(record["metric"])]
    assert len(records) == 19 and {record["evidence"] for record in records} == {"structure"}
    for record in records:
        assert (record["verdict"], record["measured"]) == ("reproduced", record["claimed"]), record["id"]
        assert [record[key] for key in ("low", "high", "mean_low", "mean_high", "seeds")] == [None] * 5
        assert "without a run" in record["why"]


def test_another_network_is_not_reproduced():
    structure = {**STRUCTURE, ("imdb_cnn_lstm", "parameters"): "558521"}
    record = judged([], structure)["002.imdb_cnn_lstm.parameters"]
    assert (record["verdict"], record["measured"], record["claimed"]) == ("not reproduced", 558_521, 558_520)
    assert judged([], {})["002.imdb_cnn_lstm.parameters"]["verdict"] == "not attempted"


def test_the_count_follows_the_settings():
    entry = {"document": "002", "variant": "lstm", "units": 64, "epochs": 1}
    experiments = {"melody": {"song_basic": entry, "song_state": {**entry, "units": 32}}}
    structure = structure_of(parse({"run": {}, "sounds": {"views": {}}, "experiments": experiments}))
    assert structure["song_basic", "parameters"] == "17676"
    assert int(structure["song_state", "parameters"]) < 17_676


@pytest.mark.parametrize("kind", ["document", "other", "sample"])
def test_what_a_run_counted_wins(kind):
    rows = [bare("imdb_cnn_lstm", seed, kind, parameters=558_521) for seed in range(2)]
    record = judged(rows)["002.imdb_cnn_lstm.parameters"]
    assert (record["measured"], record["seeds"], record["verdict"]) == (558_521, 2, "not reproduced")


def test_a_run_that_has_not_counted_a_layer_leaves_it_to_the_settings():
    record = judged([bare("imdb_rnn", 0, parameters=322_113)])["002.imdb_rnn.simple_rnn"]
    assert (record["measured"], record["seeds"], record["verdict"]) == (2080, None, "reproduced")
    assert judged([bare("imdb_rnn", 0)], {})["002.imdb_rnn.simple_rnn"]["verdict"] == "not attempted"


def test_other_facts_are_of_data():
    assert [is_structure(name) for name in ("parameters of lstm", "non-trainable parameters", "rows")] == [
        *(True, True, False)
    ]
