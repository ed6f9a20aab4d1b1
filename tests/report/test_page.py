"""The pages: every verdict, every claim, every experiment, escaped, and nothing fetched from elsewhere."""

import re
from html import unescape
from pathlib import Path

import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.judging.calibration import calibrate
from pipeline.judging.claims import load_claims
from pipeline.judging.evidence import EVIDENCE
from pipeline.judging.judgement import count_verdicts, judge_documents
from pipeline.judging.leaderboard import leaderboard
from pipeline.judging.verdicts import RULE, VERDICTS
from pipeline.params import load
from pipeline.report import sections
from pipeline.report.families import about, families
from pipeline.report.page import code, draw_plots, render, render_family
from pipeline.report.surprises import surprises
from tests import made_results
from tests.made_results import corrected, run, runs, swept
from tests.report.scripts import SCRIPTS, without_scripts

DOCUMENTS = load_claims(made_results.CLAIMS)
AUDIT = {"10_10": {"seed_0": {"test_clips": 385, "shared": 300, "share": 0.7792}}}
EXPERIMENTS = load(Path(__file__).parents[2] / "params.yaml").experiments


def judged(rows, documents=DOCUMENTS):
    """The claims' records and the entries of the families."""
    records = judge_documents(documents, rows)
    return records, families(rows, records, EXPERIMENTS)


def page(rows, audit=AUDIT, documents=DOCUMENTS):
    records, entries = judged(rows, documents)
    return render(records, rows, documents, audit, entries)


def family_page(name, rows, plots=None):
    entry = next(entry for entry in judged(rows)[1] if entry["name"] == name)
    names = [f"{one['name']}-{kind}" for one in entry["experiments"] for kind in ("curve", "confusion")]
    return render_family(entry, dict.fromkeys(names, "<svg/>") if plots is None else plots)


ROWS = [*runs(("am_64", "us_basic_10_10", "us_lstm_10_10")), *runs(("us_state_10_100",), kind="other")]
ROWS += corrected("us_basic_10_100_full")


@pytest.fixture(scope="module")
def full():
    return page(ROWS)


@pytest.fixture(scope="module")
def sounds():
    return family_page("sounds", ROWS)


def test_every_verdict_is_explained(full):
    text = unescape(full)
    for verdict, meaning in VERDICTS.items():
        assert f">{verdict}</span></dt><dd>{meaning}</dd>" in text, verdict


def test_the_kinds_of_evidence_are_counted_apart(full):
    counts, text = count_verdicts(judged(ROWS)[0]), unescape(full[: full.index('id="rule"')])
    for kind, meaning in EVIDENCE.items():
        row = next(row for row in re.findall("<tr>(.*?)</tr>", text) if f">{kind}</span><br>" in row)
        assert meaning in row
        assert f'<td class="n">{sum(counts[kind].values())}</td>' in row
        assert re.findall(r">(\d+) ([^<]+)</span>", row) == [
            (str(count), verdict) for verdict, count in counts[kind].items()
        ]


def test_the_opening_counts_distinct_claims_and_those_that_repeat(full):
    records = judged(ROWS)[0]
    distinct = [record for record in records if not record["repeats"]]
    ran = [record for record in distinct if record["runs"]]
    own = [record for record in ran if record["verdict"] != "other data"]
    assert 0 < len(own) < len(ran) < len(distinct) < len(records)
    expected = (
        f"{len(distinct)} claims of 5 documents on recurrent networks, and 261 that repeat one of them. {len(ran)} "
        f"were held against runs here, {len(own)} of them on the data that the document used, or for "
        "which it names none."
    )
    assert expected in full


def test_synthetic_sounds_are_said_first_and_only_where_they_ran(full):
    assert len(sections.opening([], runs(("am_64",), 1))) == 1
    said = sections.opening([], runs(("am_64",), 1, "sample"))
    assert "synthetic, so they decide nothing: `make reproduce ORIGINALS=1`" in said[1]
    assert "synthetic" in full[: full.index("<table")]  # the corrected runs are of the sample
    assert "synthetic" not in page(runs(("am_64",), 1), {})


def test_the_calibration_is_shown_where_there_is_one(full):
    section = full[full.index('id="calibration"') : full.index('id="runs"')]
    assert "too few seeds to plant claims in" in section and "<table" not in section
    records, entries = judged(ROWS)
    measured = calibrate(runs(("am_64",), 8))
    text = render(records, ROWS, DOCUMENTS, AUDIT, entries, (), measured)
    section = text[text.index('id="calibration"') : text.index('id="runs"')]
    assert "too few" not in section
    share = measured["figures"]["true"]["share"]
    assert f"<td>true figures called wrong</td><td>{share:.1%} of {measured['figures']['true']['planted']}" in section
    assert "over 4 margins" in section and "other epochs" in section


def test_the_rule_is_printed_word_for_word(full):
    text = re.sub("</?code>", "`", unescape(full))
    for paragraph in RULE:
        assert paragraph in text


def test_a_verdict_names_the_smallest_error_that_it_would_have_caught(full):
    record = {"seeds": 5, "verdict": "reproduced", "kind": "number", "unit": "%", "margin": "5 points"}
    assert sections.caught({**record, "detectable": None}) == ""
    assert sections.caught({**record, "detectable": 3.0, "verdict": "shown only"}) == ""
    assert sections.caught({**record, "detectable": 3.0}) == "an error of 3.000 % would have been seen"
    ordering = {**record, "kind": "comparison", "unit": "", "margin": "1 point"}
    assert sections.caught({**ordering, "detectable": 0.031}) == "a difference of 3.1 points would have been seen"
    errors = {**ordering, "margin": "a factor of 1.05"}
    assert sections.caught({**errors, "detectable": 1.2}) == "a difference of 1.200 times would have been seen"
    assert "would have been seen" in full


def test_readings_lines_and_repeats_stand_beside_the_claim(full):
    text = re.sub("</?a.*?>", "", unescape(full))
    assert "Read as: Read as, the same networks are more accurate after 110 epochs than after 10." in text
    assert "line 23, repeats 000.us_basic_10_10-e10.test_accuracy" in text
    assert 'href="#000.us_basic_10_10-e10.test_accuracy"' in full
    assert "the same test as 000.gradient-shrinks" in text


def test_every_claim_is_there_with_quote_translation_and_reason(full):
    text = unescape(full)
    for document in DOCUMENTS:
        for claim in document.claims:
            assert f'id="{document.document}.{claim.id}"' in text, claim.id
            assert claim.quote.strip() in text
            assert claim.translation in text
    assert "151 / 46 = 3.28" in text


def test_main_figures_of_two_documents_are_one_row(sounds):
    rows = re.findall(r'<td class="metric">test_accuracy@10</td><td>(.*?)</td>', sounds)
    assert rows == ["000, 001", "000, 001"]
    assert "test_seconds" not in sounds[sounds.index('id="experiments"') :]


def test_examples_curves_and_confusion_are_shown(sounds):
    assert "1803-q1of*6/260+12-(7): 올바른 패턴" in unescape(family_page("automata", ROWS))
    assert sounds.count('class="curve"') == sounds.count('class="confusion"') == 4


def test_a_family_says_what_was_claimed_and_what_differs(sounds):
    text = unescape(sounds)
    assert "음원 데이터에서는 정보의 개수가 작아도 학습이 가능하지만" in text
    assert "Clips of one recording" in text or "clips of one recording" in text
    assert "us_lstm_10_100" in text[text.index("Not run") :] and "ORIGINALS=1" in text[text.index("Not run") :]


def test_a_song_can_be_heard_on_its_page():
    facts = {"full-song list": "g8 e8 e4", "one-step list": "g8 e8 e4", "one-hot size": "12"}
    text = family_page("melody", [run("song_state", 0, family="melody", facts=facts)])
    assert len(re.findall(r'<audio controls [^>]*src="data:audio/ogg;base64,', text)) == 2
    assert "<audio" not in family_page("automata", ROWS)


def test_a_family_that_has_not_run_says_so():
    assert "No experiment of this family has been run" in family_page("melody", [])


def test_the_main_page_leads_to_every_family(full):
    linked = set(re.findall(r'href="families/(.*?)\.html"', full))
    assert linked == {experiment.family for experiment in EXPERIMENTS.values()}
    assert "4 of" in full[full.index('id="families"') :]  # sounds: three as written, one corrected


def test_the_main_page_leads_to_the_leaderboard_if_there_is_one(full):
    assert "eaderboard" not in full
    records, entries = judged(ROWS)
    boards = leaderboard(swept(("digits", "sounds")))["boards"]
    text = render(records, ROWS, DOCUMENTS, AUDIT, entries, boards)
    section = text[text.index('id="leaderboard"') : text.index('id="corrected"')]
    assert "7 recurrent layers and baselines" in section
    assert '<a href="leaderboard.html">' in section and "on digits, sounds." in section


def test_a_finding_is_not_cut_and_repeats_can_be_counted(full):
    cards = full[full.index('class="cards"') : full.index('id="claims"')]
    said, records = unescape(re.sub("<.*?>", "", cards)), judged(ROWS)[0]
    assert all(one["why"].replace("`", "") in said and one["reading"] in said for one in surprises(records))
    again = sum(bool(record["repeats"]) for record in records)
    assert again and full.count(' data-repeats="1"') == again


def test_leakage():
    assert "77.9%" in page([], AUDIT)
    assert "No audit" in page([], {})


def test_what_was_not_run_is_one_line_a_document_with_its_command(full):
    undone = full[full.index('id="undone-001"') : full.index('id="document-002"')]
    assert "<code>make reproduce ALL=1 ORIGINALS=1 SEEDS=6</code> runs them" in undone[: undone.index("</summary>")]
    assert "us_lstm_10_100" in undone
    assert full.count('id="undone-') == len(DOCUMENTS)


def test_nothing_run_still_gives_a_page():
    text = page([], {})
    assert "Not run yet" in text
    assert "151 / 46 = 3.28" in text


def test_the_sample_is_labelled():
    rows = runs(("us_basic_10_100",), kind="sample")
    assert "says nothing about a claim" in family_page("sounds", rows)
    assert "ran on the built-in sample only" in page(rows)


def test_what_comes_from_outside_is_escaped():
    rows = [run("am_64", seed) for seed in range(3)]
    rows[0]["examples"][0]["text"] = "<script>alert(1)</script>"
    documents = [DOCUMENTS[0].model_copy(update={"title": "<i>title</i>", "notes": ["`<u>` note"]})]
    text = without_scripts(page(rows, {}, documents) + family_page("automata", rows))
    for tag in ("<script", "<i>", "<u>"):
        assert tag not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<code>&lt;u&gt;</code> note" in text


def test_nothing_is_fetched_and_only_the_filter_runs(full, sounds):
    assert [full.count(one) for one in SCRIPTS] == [1, 1]
    for text in (without_scripts(full), without_scripts(sounds)):
        assert "<script" not in text
        for address in re.findall(r'\b(?:src|href)="(.*?)"', text):
            assert address.startswith(("data:", "#", "families/", "../index.html", "runs.csv")), address
        for anchor in re.findall(r'href="#(.*?)"', text):
            assert f'id="{anchor}"' in text


def test_every_claim_can_be_filtered(full):
    claims = re.findall(r'class="claim.*?data-verdict="(.*?)" data-evidence="(.*?)"', full)
    records = judged(ROWS)[0]
    assert sorted(claims) == sorted((record["verdict"], record["evidence"]) for record in records)
    assert {one for _, one in claims} <= set(EVIDENCE)


def test_a_run_with_less_in_it_is_no_obstacle():
    row = run("am_64", 0, metrics={"test_accuracy": None}, examples=None, confusion=None, history={})
    del row["parameters"]
    assert ">am_64</h3>" in family_page("automata", [row], draw_plots([row], DOCUMENTS, EXPERIMENTS))


def test_plots_of_every_experiment():
    rows = [*runs(("am_64",), 2), *corrected("us_basic_10_100_full", 1, 2)]
    rows.append(run("product_lstm", 0, confusion=None, pairs=[[0.1, 0.2]], curves={"a": [1.0, 0.5]}))
    plots = draw_plots(rows, DOCUMENTS, EXPERIMENTS)
    names = {f"{n}-{k}" for n in ("am_64", "us_basic_10_100_full") for k in ("curve", "confusion")}
    assert set(plots) == names | {f"product_lstm-{kind}" for kind in ("curve", "estimates", "more")}
    assert all("<svg" in text for text in plots.values())


def test_corrected_means_by_fold_and_over_folds():
    rows = corrected("us_basic_10_10_full", seeds=2, folds=3)
    for row in rows:
        row["metrics"]["test_accuracy"] = 0.1 * row["fold"] + 0.01 * row["seed"]
    entry = sections.corrected(rows)[0]
    assert [(fold["fold"], fold["runs"], fold["mean"]) for fold in entry["folds"]] == [
        (1, 2, "0.105"),
        (2, 2, "0.205"),
        (3, 2, "0.305"),
    ]
    assert (entry["overall"]["folds"], entry["overall"]["runs"], entry["overall"]["mean"]) == (3, 6, "0.205")
    assert entry["overall"]["mean_interval"] == "0.000 to 0.453"  # .205 ± 4.3027 · .1 / √3, but no share is below 0


def test_confusion_is_summed_over_the_runs():
    rows = [
        {"confusion": [[1, 2], [3, 4]], "labels": ["a", "b"]},
        {"confusion": [[1, 0], [0, 1]], "labels": ["a", "b"]},
        {},
    ]
    assert sections.confusion(rows) == ([[2, 2], [3, 5]], ["a", "b"])
    assert sections.confusion([{}]) is None


def test_code_between_backticks():
    assert str(code("a `b<c` d")) == "a <code>b&lt;c</code> d"


@pytest.mark.parametrize("name", list(FAMILIES))
def test_a_family_names_no_notes_and_no_command_but_the_computed_one(name):
    said = " ".join(about(FAMILIES[name]))
    assert said and "protocols" not in said and "Command:" not in said and "( " not in said
