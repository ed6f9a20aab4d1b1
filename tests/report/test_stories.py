"""The window, the leak, the melody, and cost against accuracy: what is drawn, of which runs, and what is not."""

import pytest

from pipeline.base.charts import as_svg
from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import judge_documents
from pipeline.judging.leaderboard import leaderboard
from pipeline.params import load
from pipeline.report import cost, leak, songs, window
from pipeline.report.families import families
from pipeline.report.page import render_family
from pipeline.sources.generated.song import SONG
from tests import made_results
from tests.made_results import bare, corrected, run, runs, swept

DOCUMENTS = load_claims(made_results.CLAIMS)
EXPERIMENTS = load(made_results.CLAIMS.parent / "params.yaml").experiments
ROWS = [*runs(("us_basic_10_10", "us_basic_10_100", "us_lstm_10_10"), 5, "other")]
ROWS += corrected("us_basic_10_10_full", 5, 2, "other")
RECORDS = judge_documents(DOCUMENTS, ROWS)
AUDIT = {
    "10_10": {f"seed_{seed}": {"test_clips": 100, "shared": 90 + seed, "share": 0.9 + 0.01 * seed} for seed in (0, 1)},
    "10_10_full": {"fold_1": {"test_clips": 100, "shared": 0, "share": 0.0}},
}


def of(found, name):
    return next(one for one in found if one["name"] == name)


def test_the_window_has_our_mean_and_the_figure_of_the_document():
    point = of(window.points(ROWS, RECORDS), "us_basic_10_10")
    scores = [row["metrics"]["test_accuracy"] for row in ROWS if row["experiment"] == "us_basic_10_10"]
    assert point["mean"] == pytest.approx(sum(scores) / 5) and point["low"] < point["mean"] < point["high"]
    assert point["claimed"] == 0.374 and point["runs"] == 5


def test_runs_of_all_folds_are_counted():
    point = of(window.points(ROWS, RECORDS), "us_basic_10_10_full")
    mine = [row for row in ROWS if row["experiment"] == "us_basic_10_10_full"]
    assert point["runs"] == len(mine) and point["claimed"] is None


def test_what_did_not_run_is_named_with_its_command():
    found = window.section(ROWS, RECORDS)
    assert "us_state_10_10" in found["missing"] and "us_basic_10_10" not in found["missing"]
    assert found["command"].startswith("make reproduce") and found["image"]
    assert {one["name"] for one in found["table"]} == {row["experiment"] for row in ROWS}
    nothing = window.section([], RECORDS)
    assert (nothing["image"], nothing["table"], len(nothing["missing"])) == ("", [], 12)


def test_a_panel_for_each_protocol_that_ran():
    assert len(window.drawn(window.points(ROWS, RECORDS)).axes) == 2
    assert len(window.drawn(window.points(ROWS[:5], RECORDS)).axes) == 1
    svg = as_svg(window.drawn(window.points(ROWS, RECORDS)))
    assert svg.count('id="interval') == 4 and "test accuracy (share of clips)" in svg


def test_the_leak_stands_beside_the_accuracy():
    found = leak.section(AUDIT, ROWS, RECORDS)
    assert [(one["view"], one["splits"], one["share"]) for one in found["shares"]] == [
        ("10_10", 2, "90.0% to 91.0%"),
        ("10_10_full", 1, "0.0%"),
    ]
    assert [(one["name"], round(one["leaked"], 3)) for one in found["measured"]] == [
        ("us_basic_10_10", 0.905),
        ("us_lstm_10_10", 0.905),
        ("us_basic_10_10_full", 0.0),
    ]
    assert not found["sample"] and found["image"]
    assert not found["as_set"] and as_svg(leak.drawn(found["measured"], [])).count('id="published') == len(
        leak.PUBLISHED
    )


def test_a_mark_stands_at_its_share_and_not_beside_it():
    found = leak.section(AUDIT, ROWS, RECORDS)["measured"]
    marks = [line.get_xdata()[0] for line in leak.drawn(found, []).axes[0].lines if line.get_marker() != "None"]
    assert set(marks) == {100 * one["leaked"] for one in found} | {0, 100 * leak.RANDOM}


def test_a_leak_that_was_set_is_a_curve_over_its_shares():
    shares = {"leak_lstm_0": 0.0, "leak_lstm_96": 0.96}
    leaked = {"family": "sound_leak", "variant": "lstm"}
    rows = [
        bare(name, seed, **leaked, metrics={"test_accuracy": 0.4 + 0.4 * share + seed / 100})
        for name, share in shares.items()
        for seed in range(5)
    ]
    audit = {name: {"set_0": {"shared": 50 * share, "share": share}} for name, share in shares.items()}
    found = leak.section(audit, rows, [])
    assert found["as_set"] and [one["leaked"] for one in found["measured"]] == [0.0, 0.96]
    assert [round(one["mean"], 3) for one in found["measured"]] == [0.42, 0.804]
    assert 'id="set-lstm"' in as_svg(leak.drawn([], found["measured"]))
    entry = next(one for one in families(rows, [], EXPERIMENTS) if one["name"] == "sound_leak")
    assert found["image"] in render_family(entry, {}, found) and found["image"] not in render_family(entry, {})
    assert found["shares"] == []


def test_without_runs_there_is_no_picture_but_the_papers_are_named():
    found = leak.section({}, [], [])
    assert (found["image"], found["measured"]) == ("", []) and len(found["published"]) == 4
    assert all("201" in one["source"] or "doi:" in one["source"] for one in found["published"])


def song(notes):
    return bare("song_basic", 0, family="melody", facts={"one-step list": notes, "one-hot size": "12"})


def test_three_rolls_where_the_document_printed_one():
    records = judge_documents(DOCUMENTS, [song(SONG)])
    found = songs.played([song(SONG)], records)
    assert [(one["name"], one["fact"], len(one["claimed"])) for one in found] == [("song_basic", "one-step list", 54)]
    titles = [axes.get_title() for axes in songs.drawn(found[0]).axes]
    assert titles == ["document: 6 of 54 notes differ", "ours: 0 of 54 notes differ", "the song"]
    shown = songs.section([song(SONG)], records)
    assert shown["songs"][0]["theirs"] and shown["songs"][0]["ours"] == shown["true"]
    assert shown["songs"][0]["text"] == "0 of our 54 notes differ from the song"


def test_what_are_no_notes_is_not_played():
    assert songs.section([song("do re mi")], []) is None
    assert songs.section(runs(("am_64",), 1), []) is None


def test_what_was_claimed_is_played_once_if_it_is_the_same():
    records = [{"experiment": "song_basic", "metric": "one-step list", "claimed": SONG}]
    assert songs.section([song(SONG)], records)["songs"][0]["theirs"] == ""


BOARD = leaderboard(swept(("digits",)))["boards"][0]


def entry(name, mean, seconds, letters="a", half=0.01):
    ends = {"low": mean - half, "high": mean + half}
    return {"entry": name, "mean": mean, "cpu_seconds": seconds, "letters": letters, "baseline": False, **ends}


def test_the_front_is_what_nothing_beats_in_both():
    entries = [entry("slow", 0.9, 9.0), entry("fast", 0.8, 1.0), entry("lame", 0.7, 5.0), entry("best", 0.95, 20.0)]
    assert cost.front(entries, "higher") == ["fast", "slow", "best"]
    assert cost.front(entries, "lower") == ["fast", "lame"]


def test_baselines_have_no_place_in_the_picture():
    names = [one["entry"] for one in cost.measured(BOARD["entries"])]
    assert "majority" not in names and "lstm" in names
    svg = as_svg(cost.cost(BOARD))
    assert "CPU seconds of a run" in svg and ">lstm<" in svg and "majority" not in svg
    assert cost.cost({**BOARD, "entries": BOARD["entries"][:1]}) is None


def test_intervals_apart_with_a_letter_in_common_are_explained():
    entries = [entry("a", 0.9, 1.0, "a"), entry("b", 0.8, 1.0, "ab"), entry("c", 0.79, 1.0, "b")]
    assert cost.apart_but_together(entries) == [("a", "b")]
    said = cost.plainly({"entries": entries, "tests": 3})
    assert said.startswith("The intervals of a and b do not touch, and yet they share a letter: ")
    assert "all 3 pairs" in said
    assert cost.plainly({"entries": entries[1:], "tests": 3}) == ""


def test_a_fact_that_was_printed_before_is_not_printed_again():
    from pipeline.report.families import once

    long, short = "1 2 3 " * 30, "12"
    facts = [("matrix", long), ("size", short)]
    made = once([{"name": name, "facts": list(facts)} for name in ("first", "second")])
    assert [of for _, _, of in made[0]["facts"]] == ["", ""]
    assert [of for _, _, of in made[1]["facts"]] == ["first", ""]


def test_a_run_without_facts_plays_nothing():
    assert songs.played([run("song_basic", 0, family="melody")], []) == []
