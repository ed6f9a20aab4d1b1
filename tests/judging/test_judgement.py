"""Every claim beside what was measured, in the order in which the rule decides, and the stage that writes it down."""

import json

import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.evidence import EVIDENCE
from pipeline.judging.intervals import difference, one_run
from pipeline.judging.judgement import count_verdicts, judge_documents
from pipeline.judging.kinds import Consistency, Open
from pipeline.judging.scales import POSITIVE, SHARE
from pipeline.judging.verdicts import VERDICTS
from pipeline.stages import judge
from tests import made_documents as made
from tests import made_results
from tests.made_results import bare, run, runs

DOCUMENTS = load_claims(made_results.CLAIMS)
SMALL = ("us_basic_10_10", "us_lstm_10_10", "us_state_10_10")
LARGE = ("us_basic_10_100", "us_lstm_10_100", "us_state_10_100")
CONTRACT = "id document quote experiment metric claimed measured low high mean_low mean_high seeds verdict why"
OF_ITSELF = {  # what no run decides
    f"{document.document}.{claim.id}"
    for document in DOCUMENTS
    for claim in document.claims
    if isinstance(claim, Consistency) or claim.id == "slow-down"
}
NOTHING = ("measured", "low", "high", "mean_low", "mean_high", "seeds", "detectable", "enough", "p")


def judged(rows, documents=DOCUMENTS):
    return {record["id"]: record for record in judge_documents(documents, rows)}


def scores(rows, experiment, metric="test_accuracy"):
    """The scores of an experiment but for the document's own stream, which is seed 0."""
    return [row["metrics"][metric] for row in rows if row["experiment"] == experiment and row["seed"] > 0]


@pytest.fixture(scope="module")
def all_rows():
    return runs(("am_64", *SMALL, *LARGE), seeds=6)


@pytest.fixture(scope="module")
def everything(all_rows):
    return judged(all_rows)


# Records


def test_records_have_the_keys_of_the_contract(everything):
    assert len(everything) == sum(len(document.claims) for document in DOCUMENTS)
    ours = (
        "translation kind evidence lines reading unit margin detectable enough p own_stream data few own_seed repeats"
    )
    for record in everything.values():
        assert set(record) == {*CONTRACT.split(), *ours.split(), "same_test_as", "runs"}
        assert record["why"] and record["verdict"] in VERDICTS and record["evidence"] in EVIDENCE
    json.dumps(list(everything.values()), allow_nan=False)


def test_a_number_carries_the_intervals_of_its_seeds(everything, all_rows):
    record = everything["000.us_lstm_10_100-e100.test_accuracy"]
    expected = one_run(scores(all_rows, "us_lstm_10_100"), SHARE, 385, 385)
    for name in ("low", "high", "mean_low", "mean_high", "detectable", "enough", "seeds"):
        assert record[name] == getattr(expected, name), name
    assert (record["measured"], record["claimed"], record["seeds"]) == (pytest.approx(expected.mean), 0.722, 5)
    own = next(row for row in all_rows if row["run_key"] == "us_lstm_10_100-0")["metrics"]["test_accuracy"]
    assert (record["own_stream"], record["own_seed"]) == (own, True)


def test_every_figure_names_its_runs_and_the_margin(everything):
    record = everything["000.us_lstm_10_100-e100.test_accuracy"]
    assert [row["run_key"] for row in record["runs"]] == [f"us_lstm_10_100-{seed}" for seed in range(6)]
    assert record["margin"] == "5 points"
    assert everything["000.us_lstm_10_10-e100.loss@20"]["margin"] == "a factor of 1.25"
    assert everything["001.state-best-10"]["margin"] == "1 point"
    assert everything["000.us_lstm_10_10-e100.total_seconds@40"]["margin"] == ""
    assert judged([])["000.us_lstm_10_100-e100.test_accuracy"]["runs"] == []


def test_validation_and_training_figures_use_their_own_sizes(everything, all_rows):
    lstm = [row["history"] for row in all_rows if row["experiment"] == "us_lstm_10_10" and row["seed"] > 0]
    for name, size in (("accuracy", 2040), ("val_accuracy", 100)):
        expected = one_run([history[name][29] for history in lstm], SHARE, size, size)
        assert everything[f"000.us_lstm_10_10-e100.{name}@20"]["low"] == pytest.approx(expected.low)
    expected = one_run([history["loss"][29] for history in lstm], POSITIVE)
    assert everything["000.us_lstm_10_10-e100.loss@20"]["low"] == pytest.approx(expected.low)


def test_percent_is_judged_in_percent(everything):
    fraction, percent = (everything[f"001.us_lstm_10_10-e10.{name}"] for name in ("test_accuracy", "percent"))
    assert (percent["claimed"], percent["unit"]) == (32.5, "%")
    for name in ("measured", "low", "high", "mean_low", "detectable", "own_stream"):
        assert percent[name] == pytest.approx(100 * fraction[name]), name
    assert percent["verdict"] == fraction["verdict"]
    assert percent["enough"] == fraction["enough"]


def test_a_repeated_figure_has_the_verdict_of_the_first(everything):
    repeated = [record for record in everything.values() if record["repeats"]]
    assert len(repeated) == 261
    for record in repeated:
        assert record["verdict"] == everything[record["repeats"]]["verdict"], record["id"]


# The order of the rule


def test_nothing_measured_says_the_command():
    records = judged([])
    assert {record["verdict"] for name, record in records.items() if name not in OF_ITSELF} == {"not attempted"}
    for record in records.values():
        assert [record[key] for key in NOTHING] == [None] * len(NOTHING)
        assert (record["runs"], record["few"]) == ([], False)
    sounds, strings = (records[f"000.{name}-e10.test_accuracy"]["why"] for name in ("us_lstm_10_10", "am_64"))
    assert "dvc exp run -S 'run.experiments=[us_lstm_10_10]' -S 'run.originals=[sounds]'" in sounds
    assert "make reproduce ALL=1 ORIGINALS=1" in sounds
    assert "riginals" not in strings
    assert "run.experiments=[am_64]" in strings


def test_what_is_not_tested_says_what_would(everything):
    for document in DOCUMENTS:
        for claim in document.claims:
            if isinstance(claim, Open):
                record = everything[f"{document.document}.{claim.id}"]
                assert record["verdict"] == "not attempted"
                assert record["why"] == f"{claim.reason}. It would take: {claim.test}"


def test_the_document_against_itself_comes_first(everything):
    for rows in (everything, judged([]), judged(runs(SMALL, seeds=1, kind="other"))):
        assert rows["001.slow-down"]["verdict"] == "not supported by its own figures"
        assert rows["000.lstm.tanh"]["verdict"] == "ambiguous"
        assert rows["001.state-headings"]["verdict"] == "contradicts itself"
    assert everything["001.slow-down"]["claimed"] == "4~5"


def test_the_sample_is_never_held_against_a_claim():
    records = judged(runs((*SMALL, *LARGE), kind="sample"))
    assert {record["verdict"] for name, record in records.items() if name not in OF_ITSELF} == {"not attempted"}
    assert all(record["measured"] is None and record["runs"] == [] for record in records.values())
    assert "make reproduce ORIGINALS=1" in records["001.us_lstm_10_10-e10.test_accuracy"]["why"]


def test_other_data_keeps_the_measurement_beside_the_claim():
    records = judged(runs((*SMALL, *LARGE), seeds=3, kind="other"))
    for name in ("us_lstm_10_10-e10.test_accuracy", "lstm-better-with-epochs"):
        record = records[f"001.{name}"]
        assert (record["verdict"], record["seeds"], record["few"]) == ("other data", 2, False)
        assert record["measured"] is not None and record["runs"]
        assert "365 of 2552" in record["why"]
    seconds = records["000.us_lstm_10_10-e10.train_seconds"]
    assert (seconds["verdict"], seconds["measured"]) == ("other data", 30)


def test_data_of_another_name_are_other_data_though_they_say_they_are_the_documents():
    record = judged(runs(("am_64",), seeds=6, kind="document"))["000.am_64-e10.test_accuracy"]
    assert record["verdict"] != "other data"
    rows = [{**row, "data": "harder strings"} for row in runs(("am_64",), seeds=6)]
    record = judged(rows)["000.am_64-e10.test_accuracy"]
    assert (record["verdict"], record["why"]) == (
        "other data",
        "measured on harder strings, not on the document's data",
    )
    assert record["data"] == {"am_64": {"document": "automata strings", "ours": "harder strings"}}


@pytest.mark.parametrize(("seeds", "few"), [(2, True), (5, True), (6, False)])
def test_few_seeds_are_an_estimate_and_the_documents_own_stream_is_one_more(seeds, few):
    records = judged(runs(("am_64", *SMALL), seeds=seeds))
    for name in ("000.am_64-e10.test_accuracy", "001.lstm-better-with-epochs"):
        record = records[name]
        assert (record["verdict"] == "not attempted", record["few"]) == (few, few)
        assert (record["seeds"], record["measured"] is not None) == (seeds - 1, True)
        assert ("SEEDS=6" in record["why"]) == few
    assert records["000.am_64-e10.test_accuracy"]["own_stream"] is not None


def test_the_documents_own_stream_alone_decides_nothing():
    records = judged(runs(("am_64", *SMALL), seeds=1))
    record = records["000.am_64-e10.test_accuracy"]
    assert record["own_stream"] is not None
    for name in ("000.am_64-e10.test_accuracy", "001.lstm-better-with-epochs"):
        assert (records[name]["verdict"], records[name]["measured"]) == ("not attempted", None)
        why = records[name]["why"]
        assert "only the seed that draws the document's own random numbers has this figure" in why
        assert "SEEDS=6" in why and records[name]["few"]  # so that seeds are added


def test_what_only_the_documents_own_stream_can_show_asks_for_no_seeds(everything):
    record = everything["000.am_64.probability-1"]
    assert (record["verdict"], record["few"]) == ("not attempted", False) and "SEEDS" not in record["why"]


def test_seconds_are_shown_only(everything):
    record = everything["000.us_lstm_10_10-e100.block_seconds@20"]
    assert (record["measured"], record["verdict"]) == (60.0, "shown only")  # epochs 11 to 30, three seconds each
    assert everything["000.us_lstm_10_10-e100.train_seconds"]["measured"] == 300.0  # without the first ten


# Orderings


def test_comparisons_of_a_family_are_corrected_together(all_rows, everything):
    basic, lstm, state = (scores(all_rows, name, "test_accuracy@10") for name in SMALL)

    def p(first, second):
        return difference([a - b for a, b in zip(first, second, strict=True)], 0.01).p

    chain, alone = max(p(state, basic), p(state, lstm)), p(basic, lstm)
    assert everything["001.state-best-10"]["p"] == pytest.approx(min(1, 2 * chain if chain < alone else chain))
    assert everything["001.rnn-above-lstm-10"]["p"] == pytest.approx(
        min(1, 2 * alone if alone < chain else max(alone, 2 * chain))
    )
    measured = everything["001.rnn-above-lstm-10"]["measured"]
    assert measured == pytest.approx(sum(basic) / 5 - sum(lstm) / 5)


def test_a_chain_shows_its_weakest_pair(everything, all_rows):
    record = everything["001.state-best-10"]
    assert "(us_state_10_10 test_accuracy@10 > us_basic_10_10 test_accuracy@10, the weakest of 2)" in record["why"]
    basic, state = (scores(all_rows, name, "test_accuracy@10") for name in (SMALL[0], SMALL[2]))
    assert record["measured"] == pytest.approx(sum(state) / 5 - sum(basic) / 5)


def test_identical_pairs_do_not_break():
    rows = [
        run(name, seed, metrics={"test_accuracy": 0.4, "test_accuracy@10": 0.3}) for name in SMALL for seed in range(6)
    ]
    records = judged(rows)
    assert records["001.rnn-above-lstm-10"]["verdict"] == "no difference"
    assert records["000.much-training"]["verdict"] == "reproduced"


def test_the_other_way_round_is_refuted_only_if_it_is_significant():
    rows = runs(("us_basic_10_10", "us_lstm_10_10"), seeds=6)
    for spread, verdict in ((0.2, "cannot tell"), (0.001, "refuted")):
        for row in rows:
            lead = 0.3 if row["experiment"] == "us_basic_10_10" else 0.32 + spread * (row["seed"] - 3)
            row["metrics"]["test_accuracy@10"] = lead
        assert judged(rows)["001.rnn-above-lstm-10"]["verdict"] == verdict


def test_what_else_differs_is_said():
    rows = [
        bare(name, seed, metrics={"test_mse": value + 0.0001 * seed})
        for name, value in (("product_rnn", 0.05), ("product_lstm", 0.01))
        for seed in range(5)
    ]
    record = judged(rows)["000.long-distance"]
    assert record["verdict"] == "reproduced"
    assert "the sides also differ in this: The LSTM has 11,311 parameters" in record["why"]


def test_a_sentence_with_two_readings_is_ambiguous_where_they_come_out_differently():
    values = {"a": 0.7, "b": 0.5, "c": 0.6}
    measured = [row for name, value in values.items() for row in made.rows(name, [value + 0.001 * n for n in range(5)])]

    def of(first, second):
        other = {"order": [[f"{name} test_accuracy" for name in second]], "reading": "read so"}
        claim = made.ordering("one", [f"{name} test_accuracy" for name in first], other=other)
        (found,) = judge_documents([made.document(claim)], measured)
        assert "Or: read so" in found["reading"]
        return found["verdict"]

    assert of("ab", "ac") == "reproduced" and of("ba", "ca") == "refuted" and of("ba", "ac") == "ambiguous"


# What is missing


def test_shorter_runs_do_not_answer_for_longer_ones():
    rows = [run("us_lstm_10_10", seed, epochs=3) for seed in range(3)]
    for row in rows:
        row["history"] = {name: values[:3] for name, values in row["history"].items()}
        row["metrics"] = {"test_accuracy": 0.9, "test_seconds": 0.1, "train_seconds": 3.0}
    records = judged(rows)
    assert records["000.us_lstm_10_10-e10.loss@2"]["measured"] is not None
    for name in ("e10.test_accuracy", "e100.test_accuracy", "e100.loss@20", "e100.train_seconds"):
        record = records[f"000.us_lstm_10_10-{name}"]
        assert (record["verdict"], record["measured"]) == ("not attempted", None)
        assert "ran for 3 epochs, the document for 110" in record["why"]


def test_a_run_without_a_number_failed():
    rows = runs(("am_64",))
    for row in rows:
        row["metrics"]["test_accuracy"] = None
    assert judged(rows)["000.am_64-e10.test_accuracy"]["verdict"] == "failed"


def test_a_metric_that_no_run_has_is_named():
    rows = [bare("product_rnn", seed, metrics={"test_mse": 0.1}) for seed in range(5)]
    assert "the runs have no 1 > product_rnn gradient_reach_first" in judged(rows)["000.gradient-shrinks"]["why"]


def test_examples_of_the_first_seed(everything):
    assert everything["000.am_64.example-2"]["verdict"] == "reproduced"
    assert everything["000.am_64.label-1"]["measured"] == "잘못된 패턴"
    record = everything["000.am_64.probability-1"]
    assert (record["own_stream"], record["seeds"], record["verdict"]) == (0.93, None, "not attempted")
    rows = runs(("am_64",))
    rows[0]["examples"] = rows[1]["examples"]
    assert judged(rows)["000.am_64.example-2"]["verdict"] == "not reproduced"


# Counts


def test_counts_are_by_the_kind_of_evidence_and_leave_out_what_repeats(everything):
    counts = count_verdicts(list(everything.values()))
    distinct = [record for record in everything.values() if not record["repeats"]]
    assert sum(sum(verdicts.values()) for verdicts in counts.values()) == len(distinct) == len(everything) - 261
    assert set(counts) == set(EVIDENCE)
    for verdicts in counts.values():
        assert list(verdicts) == [name for name in VERDICTS if name in verdicts]
        assert 0 not in verdicts.values()
    assert counts["consistency"] == {
        "consistent": 24,
        "contradicts itself": 12,
        "not supported by its own figures": 3,
        "ambiguous": 8,
    }


def test_another_copy_of_a_claim_changes_no_count(everything):
    records = list(everything.values())
    again = [{**record, "id": f"x.{record['id']}", "repeats": record["id"]} for record in records]
    assert count_verdicts([*records, *again]) == count_verdicts(records)


# The stage


def stage_folder(tmp_path, monkeypatch, rows):
    monkeypatch.chdir(tmp_path)
    for name in ("claims", "params.yaml"):
        (tmp_path / name).symlink_to(made_results.CLAIMS.parent / name)
    (tmp_path / "reports").mkdir()
    if rows is not None:
        (tmp_path / "reports/results.json").write_text(json.dumps(rows), encoding="utf-8")


def read(tmp_path, name):
    return json.loads((tmp_path / "reports" / name).read_text(encoding="utf-8"))


def test_the_stage_writes_its_files_and_a_line_for_each_kind_of_evidence(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, runs(("am_64",), seeds=6))
    judge.main()
    records, counts = read(tmp_path, "claims.json"), read(tmp_path, "verdicts.json")
    assert counts == count_verdicts(records)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"judge: reports/claims.json: {len(records)} claims"
    assert [line.split(": ")[1] for line in lines] == list(counts)
    assert "consistency: 24 consistent, 12 contradicts itself, 3 not supported by its own figures, 8 ambiguous" in (
        "\n".join(lines)
    )
    assert read(tmp_path, "calibration.json")["figures"]["true"]["planted"] > 0
    assert (tmp_path / "reports/leaderboard.csv").read_text(encoding="utf-8").count("\n") == 1


def test_the_stage_writes_the_leaderboard_of_a_sweep(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, [*runs(("am_64",)), *made_results.swept(("digits", "sounds"))])
    judge.main()
    assert capsys.readouterr().out.splitlines()[0].endswith("; reports/leaderboard.csv: digits, sounds")
    assert [board["board"] for board in read(tmp_path, "leaderboard.json")["boards"]] == ["digits", "sounds"]
    assert (tmp_path / "reports/leaderboard.csv").read_text(encoding="utf-8").count("\n") == 15


def test_the_stage_without_results_says_the_remedy(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, None)
    with pytest.raises(SystemExit) as end:
        judge.main()
    assert end.value.code == 1
    assert "reports/results.json does not exist; `make reproduce` makes it" in capsys.readouterr().err
