"""Every claim beside what was measured, and the stage that writes it down."""

import json
from math import isclose

import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import count_verdicts, judge_documents
from pipeline.judging.statistics import holm, interval, paired
from pipeline.stages import judge
from tests import made_results
from tests.made_results import run, runs

DOCUMENTS = load_claims(made_results.CLAIMS)
SMALL = ("us_basic_10_10", "us_lstm_10_10", "us_state_10_10")
LARGE = ("us_basic_10_100", "us_lstm_10_100", "us_state_10_100")
CONTRACT = "id document quote experiment metric claimed measured low high mean_low mean_high seeds verdict why"


def judged(rows):
    return {record["id"]: record for record in judge_documents(DOCUMENTS, rows)}


def scores(rows, experiment, metric="test_accuracy"):
    return [row["metrics"][metric] for row in rows if row["experiment"] == experiment]


@pytest.fixture(scope="module")
def all_rows():
    return runs(("am_64", *SMALL, *LARGE))


@pytest.fixture(scope="module")
def everything(all_rows):
    return judged(all_rows)


def test_records_have_the_keys_of_the_contract(everything):
    assert len(everything) == sum(len(document.claims) for document in DOCUMENTS)
    for record in everything.values():
        assert set(record) == {*CONTRACT.split(), "translation", "kind", "unit"}
        assert record["why"]
    json.dumps(list(everything.values()), allow_nan=False)


def test_a_number_carries_the_intervals_of_its_seeds(everything, all_rows):
    record = everything["000.us_lstm_10_100-e100.test_accuracy"]
    expected = interval(scores(all_rows, "us_lstm_10_100"), 385)
    assert (record["measured"], record["low"], record["mean_high"]) == pytest.approx(
        (expected.mean, expected.low, expected.mean_high)
    )
    assert (record["claimed"], record["seeds"], record["verdict"]) == (0.722, 5, "reproduced")


def test_validation_and_training_figures_use_their_own_sizes(everything, all_rows):
    for name, size in (("accuracy", 2040), ("val_accuracy", 100)):
        values = [row["history"][name][29] for row in all_rows if row["experiment"] == "us_lstm_10_10"]
        record = everything[f"001.us_lstm_10_10-e100.{name}@20"]
        assert isclose(record["low"], interval(values, size).low)
    loss = [row["history"]["loss"][29] for row in all_rows if row["experiment"] == "us_lstm_10_10"]
    assert isclose(everything["001.us_lstm_10_10-e100.loss@20"]["low"], interval(loss).low)


def test_percent_is_judged_in_percent(everything):
    fraction, percent = (everything[f"001.us_lstm_10_10-e10.{name}"] for name in ("test_accuracy", "percent"))
    assert (percent["claimed"], percent["unit"]) == (32.5, "%")
    assert isclose(percent["measured"], 100 * fraction["measured"])
    assert isclose(percent["high"], 100 * fraction["high"])
    assert percent["verdict"] == fraction["verdict"] == "reproduced"


def test_seconds_are_better_when_fewer(everything):
    record = everything["000.us_lstm_10_10-e100.block_seconds@20"]
    assert (record["measured"], record["verdict"]) == (60.0, "better")  # epochs 11 to 30, three seconds each
    assert everything["000.us_lstm_10_10-e100.train_seconds"]["measured"] == 300.0  # without the first ten


def test_nothing_measured_says_the_command():
    records = judged([])
    assert {record["verdict"] for record in records.values()} == {"not attempted", "contradicts itself"}
    for record in records.values():
        assert [record[key] for key in ("measured", "low", "high", "mean_low", "mean_high", "seeds")] == [None] * 6
    sounds, strings = (records[f"000.{name}-e10.test_accuracy"]["why"] for name in ("us_lstm_10_10", "am_64"))
    assert "dvc exp run -S 'run.experiments=[us_lstm_10_10]' -S 'run.originals=[sounds]'" in sounds
    assert "make reproduce ALL=1 ORIGINALS=1" in sounds
    assert "riginals" not in strings
    assert "run.experiments=[am_64]" in strings


def test_the_sample_is_never_held_against_a_claim():
    records = judged(runs((*SMALL, *LARGE), kind="sample"))
    of_data = [record for record in records.values() if record["metric"] != "parameters"]
    assert {record["verdict"] for record in of_data} == {"not attempted", "contradicts itself"}
    assert all(record["measured"] is None for record in of_data)
    assert records["000.us_lstm_10_10.parameters"]["verdict"] == "reproduced"  # which needs no data
    assert "make reproduce ORIGINALS=1" in records["001.us_lstm_10_10-e10.test_accuracy"]["why"]


def test_other_data_keeps_the_measurement_beside_the_claim():
    records = judged(runs((*SMALL, *LARGE), seeds=2, kind="other"))
    for name in ("us_lstm_10_10-e10.test_accuracy", "lstm-better-with-epochs"):
        record = records[f"001.{name}"]
        assert (record["verdict"], record["seeds"]) == ("other data", 2)
        assert record["measured"] is not None
        assert "365 of 2552" in record["why"]
    assert records["000.us_lstm_10_10.parameters"]["verdict"] == "reproduced"


@pytest.mark.parametrize(("seeds", "expected"), [(1, "not attempted"), (2, "not attempted"), (3, "reproduced")])
def test_few_seeds_are_an_estimate(seeds, expected):
    records = judged(runs(("am_64", *SMALL), seeds=seeds))
    for name in ("000.am_64-e10.test_accuracy", "001.lstm-better-with-epochs"):
        assert records[name]["verdict"] == expected
        assert records[name]["seeds"] == seeds
        assert records[name]["measured"] is not None
        assert ("SEEDS=3" in records[name]["why"]) == (seeds < 3)
    assert records["000.am_64.parameters"]["verdict"] == "reproduced"


def test_contradicts_itself_comes_first(everything):
    for rows in (everything, judged([]), judged(runs(SMALL, seeds=1, kind="other"))):
        assert rows["001.slow-down"]["verdict"] == "contradicts itself"
        assert rows["001.window-state"]["verdict"] == "contradicts itself"
        assert rows["000.lstm.tanh"]["verdict"] == "contradicts itself"
    assert everything["001.slow-down"]["measured"] == pytest.approx(3.0)
    assert everything["001.slow-down"]["claimed"] == "4~5"


def test_comparisons_are_corrected_over_the_document(all_rows, everything):
    def difference(first, second, metric="test_accuracy"):
        sides = scores(all_rows, first, metric), scores(all_rows, second, metric)
        return [a - b for a, b in zip(*sides, strict=True)]

    def gain(*terms):
        lists = [difference(*term) for term in terms]
        return [a - b for a, b in zip(*lists, strict=True)]

    basic, lstm, state = SMALL
    early = "test_accuracy@10"
    family = [
        difference(state, basic, early),
        difference(state, lstm, early),
        difference(basic, lstm, early),
        difference(lstm, basic),
        difference(state, basic),
        gain((lstm, basic), (lstm, basic, early)),
        gain((state, basic), (state, basic, early)),
        gain((LARGE[1], LARGE[0]), (lstm, basic)),
    ]  # not the sentence that contradicts itself
    corrected_p = holm([paired(values) for values in family])
    assert f"corrected p = {corrected_p[2]:.3f}" in everything["001.rnn-above-lstm-10"]["why"]
    assert f"corrected p = {corrected_p[7]:.3f}" in everything["001.window-lstm"]["why"]
    assert everything["001.window-lstm"]["measured"] == pytest.approx(sum(family[7]) / 5)


def test_pairs_with_too_few_seeds_do_not_count_in_the_correction():
    few, more = runs(("us_basic_10_10", "us_lstm_10_10")), runs(("us_state_10_10",), seeds=2)
    pairs = "001.rnn-above-lstm-10", "001.lstm-gains-with-epochs"
    sides = [scores(few, name, "test_accuracy@10") for name in SMALL[:2]]
    alone = paired([a - b for a, b in zip(*sides, strict=True)])
    records = judged([*few, *more])
    assert f"corrected p = {alone:.3f}" in records[pairs[0]]["why"]
    assert records[pairs[1]]["verdict"] == "not attempted"


def test_a_chain_shows_its_weakest_pair(everything, all_rows):
    record = everything["001.state-best-10"]
    assert "the weakest of 2" in record["why"]
    basic, state = (scores(all_rows, name, "test_accuracy@10") for name in (SMALL[0], SMALL[2]))
    assert record["measured"] == pytest.approx(sum(state) / 5 - sum(basic) / 5)


def test_identical_pairs_do_not_break():
    rows = [
        run(name, seed, metrics={"test_accuracy": 0.4, "test_accuracy@10": 0.3}) for name in SMALL for seed in (0, 1, 2)
    ]
    records = judged(rows)
    assert records["001.rnn-above-lstm-10"]["verdict"] == "not reproduced"
    assert "no difference" in records["001.rnn-above-lstm-10"]["why"]
    assert records["000.much-training"]["verdict"] == "reproduced"


def test_the_other_way_round_is_not_reproduced():
    rows = runs(("us_basic_10_10", "us_lstm_10_10"))
    for row in rows:
        row["metrics"]["test_accuracy@10"] = {"us_basic_10_10": 0.30, "us_lstm_10_10": 0.32}[row["experiment"]]
        row["metrics"]["test_accuracy@10"] += 0.2 * (row["seed"] - 2) * (row["experiment"] == "us_basic_10_10")
    record = judged(rows)["001.rnn-above-lstm-10"]
    assert record["verdict"] == "not reproduced"
    assert "the other way, and not significant" in record["why"]


def test_seeds_that_differ_are_paired_where_they_meet():
    rows = [*(run("us_basic_10_10", seed) for seed in range(4)), *(run("us_lstm_10_10", seed) for seed in range(1, 6))]
    assert judged(rows)["001.rnn-above-lstm-10"]["seeds"] == 3


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


def test_examples_of_the_first_seed(everything):
    assert everything["000.am_64.example-2"]["verdict"] == "reproduced"
    assert everything["000.am_64.label-1"]["measured"] == "잘못된 패턴"
    record = everything["000.am_64.probability-1"]
    assert (record["measured"], record["seeds"], record["verdict"]) == (0.93, 1, "not attempted")
    rows = runs(("am_64",))
    rows[0]["examples"] = rows[1]["examples"]
    assert judged(rows)["000.am_64.example-2"]["verdict"] == "not reproduced"


def test_parameters_equal_or_not():
    assert judged([run("am_64", 0, parameters=27714)])["000.am_64.parameters"]["verdict"] == "not reproduced"


def test_counts_name_every_verdict(everything):
    counts = count_verdicts(list(everything.values()))
    assert sum(counts.values()) == len(everything)
    assert counts["failed"] == 0


def stage_folder(tmp_path, monkeypatch, rows):
    monkeypatch.chdir(tmp_path)
    for name in ("claims", "params.yaml"):
        (tmp_path / name).symlink_to(made_results.CLAIMS.parent / name)
    (tmp_path / "reports").mkdir()
    if rows is not None:
        (tmp_path / "reports/results.json").write_text(json.dumps(rows), encoding="utf-8")


def test_the_stage_writes_both_files_and_one_line(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, runs(("am_64",)))
    judge.main()
    records = json.loads((tmp_path / "reports/claims.json").read_text(encoding="utf-8"))
    counts = json.loads((tmp_path / "reports/verdicts.json").read_text(encoding="utf-8"))
    assert counts == count_verdicts(records)
    assert counts["reproduced"] > 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert f"{len(records)} claims" in out
    assert (tmp_path / "reports/leaderboard.csv").read_text(encoding="utf-8").count("\n") == 1
    assert "leaderboard" not in out


def test_the_stage_writes_the_leaderboard_of_a_sweep(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, [*runs(("am_64",)), *made_results.swept(("digits", "sounds"))])
    judge.main()
    assert capsys.readouterr().out.endswith("; reports/leaderboard.csv: digits, sounds\n")
    found = json.loads((tmp_path / "reports/leaderboard.json").read_text(encoding="utf-8"))
    assert [board["board"] for board in found["boards"]] == ["digits", "sounds"]
    assert (tmp_path / "reports/leaderboard.csv").read_text(encoding="utf-8").count("\n") == 15


def test_the_stage_without_results_says_the_remedy(tmp_path, monkeypatch, capsys):
    stage_folder(tmp_path, monkeypatch, None)
    with pytest.raises(SystemExit) as end:
        judge.main()
    assert end.value.code == 1
    assert "reports/results.json does not exist; `make reproduce` makes it" in capsys.readouterr().err
