"""Claims files: whole, verbatim, and every figure of the documents exactly once."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.judging.claims import document_points, load_claims
from pipeline.judging.evidence import evidence_of
from pipeline.judging.kinds import Fact, Number, Ratio, experiments_of
from tests.figure_table import IN_WORDS, SHARED, WITHOUT_CLAIM, figure_id, table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {document.document: document for document in load_claims(ROOT / "claims")}


def flat(text: str) -> str:
    """Return text without line breaks and marks of bold type, and with underscores as they are."""
    return " ".join(text.replace("\\_", "_").replace("**", "").split())


def same_figure(first: str, second: str) -> bool:
    if "~" in first or not first.replace(".", "").isdigit():
        return first == second
    return Decimal(first) == Decimal(second)


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_figure_has_its_claim(number):
    if not table(number):
        pytest.skip(f"the table of figures has none of document {number}")
    rows = [row for row in table(number) if (row["experiment_id"], row["metric"]) not in WITHOUT_CLAIM]
    expected = {figure_id(row): row["claimed"] for row in rows if row["metric"] not in IN_WORDS}
    assert len(expected) == len([row for row in rows if row["metric"] not in IN_WORDS])
    claims = {c.id: c.claimed for c in DOCUMENTS[number].claims if isinstance(c, Number | Ratio | Fact)}
    figures_ = {c.id for c in DOCUMENTS[number].claims if isinstance(c, Number | Ratio)}
    assert figures_ <= set(expected)
    for name, claimed in expected.items():
        assert same_figure(claimed, claims[name]), name


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_figures_in_words_are_in_a_quotation(number):
    quotes = {claim.id: claim.quote for claim in DOCUMENTS[number].claims}
    for row in table(number):
        if row["metric"] in IN_WORDS:
            assert row["claimed"].split(" ")[0] in quotes[IN_WORDS[row["metric"]]]


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_quotes_are_verbatim(number):
    found = list((SHARED / "documents").glob(f"{number}*.txt"))
    if not found:
        pytest.skip("the documents are not beside this checkout")
    text = flat(found[0].read_text(encoding="utf-8"))
    for claim in DOCUMENTS[number].claims:
        place = 0
        for piece in flat(claim.quote).split(" […] "):
            assert piece in text[place:], claim.id
            place = text.index(piece, place) + len(piece)
        assert claim.translation


def known_experiments() -> set[str]:
    """Return the experiments of params.yaml."""
    values: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return {name for entries in values["experiments"].values() for name in entries}


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_experiment_of_a_claim_can_be_run(number):
    named = {name for part in DOCUMENTS[number].data.values() for name in part.experiments}
    assert named - known_experiments() == set()


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_experiment_of_the_data_has_a_claim(number):
    document = DOCUMENTS[number]
    named = [name for part in document.data.values() for name in part.experiments]
    assert len(named) == len(set(named))
    assert set(named) == {name for claim in document.claims for name in experiments_of(claim)}


def test_kinds_are_all_there():
    counts = {name: Counter(claim.kind for claim in document.claims) for name, document in DOCUMENTS.items()}
    assert list(counts)[:5] == ["000", "001", "002", "003", "004"]
    assert counts["000"]["log"] == 280
    assert counts["001"]["log"] == 252
    assert {"log", "number", "comparison", "ratio", "consistency", "open"} == set(counts["001"])
    assert {"number", "comparison", "fact", "consistency", "open"} == set(counts["002"])
    assert {"comparison", "consistency", "open"} == set(counts["003"])
    assert {"fact", "consistency", "open"} == set(counts["004"])


def test_every_figure_of_the_second_report_repeats_the_same_one_of_the_first():
    first = {f"000.{claim.id}": claim for claim in DOCUMENTS["000"].claims}
    repeated = [claim for claim in DOCUMENTS["001"].claims if isinstance(claim, Number)]
    assert len(repeated) == 252 + 9
    for claim in repeated:
        source = first[claim.repeats]
        assert isinstance(source, Number)
        assert (claim.experiment, claim.metric, claim.value) == (source.experiment, source.metric, source.value)
    assert {name for name, one in DOCUMENTS.items() if any(claim.repeats for claim in one.claims)} == {"001"}


def test_what_repeats_is_counted_once():
    counted = Counter(
        evidence_of(claim, document)
        for document in DOCUMENTS.values()
        for claim in document.claims
        if not claim.repeats
    )
    assert counted == {
        "measured figures": 163 + 19,
        "orderings": 2,
        "structure": 26,
        "prints": 14,
        "consistency": 47,
        "times": 125,
        "interpretations": 110,
    }


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_reading_is_a_sentence_and_every_claim_says_where_it_stands(number):
    for claim in DOCUMENTS[number].claims:
        assert not claim.reading or claim.reading.strip().endswith("."), claim.id
        assert claim.lines or claim.kind == "log", claim.id


def test_second_run_counts_on_from_the_first():
    claims = {claim.id: claim for claim in DOCUMENTS["000"].claims}
    assert claims["us_lstm_10_10-e100.loss@20"].metric == "loss@30"
    assert claims["us_lstm_10_10-e100.block_seconds@20"].metric == "seconds@10..30"
    assert claims["us_lstm_10_10-e100.block_seconds@40"].metric == "seconds@30..50"
    assert claims["us_lstm_10_10-e100.total_seconds@40"].metric == "seconds@10..50"
    assert claims["us_lstm_10_10-e100.train_seconds"].metric == "train_seconds@10..110"
    assert claims["us_lstm_10_10-e100.test_accuracy"].metric == "test_accuracy"
    assert claims["us_lstm_10_10-e10.test_accuracy"].metric == "test_accuracy@10"
    assert claims["us_lstm_10_100-e100.train_seconds"].metric == "train_seconds"


def test_points_come_once_and_count_from_the_first_epoch():
    points = document_points(list(DOCUMENTS.values()), "us_lstm_10_10")
    assert len(points) == len(set(points)) == 32
    assert {("loss", 30, 1.749), ("test_accuracy", 10, 0.325), ("test_accuracy", 110, 0.486)} < set(points)
    assert document_points(list(DOCUMENTS.values()), "no_such") == []


def test_points_are_fractions_at_the_epoch_that_the_document_reached():
    documents = list(DOCUMENTS.values())
    song = {("loss", 2000, 0.2958), ("accuracy", 2000, 0.88), ("test_accuracy", 2000, 0.9)}
    assert set(document_points(documents, "song_basic")) == song
    assert ("val_loss", 10, 0.3866) in document_points(documents, "imdb_lstm")
    assert document_points(documents, "reuters_mlp") == [("test_accuracy", 10, 0.6759)]  # and no seconds
    assert document_points(documents, "jena_naive") == []  # which has no epochs


def test_a_document_says_how_long_it_trained_by_its_logs_or_its_data():
    assert DOCUMENTS["000"].epochs == {
        "am_64": 10,
        **dict.fromkeys(("us_basic_10_10", "us_lstm_10_10", "us_state_10_10"), 110),
        **dict.fromkeys(("us_basic_10_100", "us_lstm_10_100", "us_state_10_100"), 100),
        **dict.fromkeys(("product_rnn", "product_lstm"), 100),
    }
    assert DOCUMENTS["002"].epochs["song_state"] == 2000
    assert "jena_naive" not in DOCUMENTS["002"].epochs


def test_experiments_of_a_comparison():
    claim = next(claim for claim in DOCUMENTS["001"].claims if claim.id == "lstm-gains-with-epochs")
    assert experiments_of(claim) == ["us_lstm_10_10", "us_basic_10_10", "us_state_10_10"]


FILE = """
document: "9"
title: T
title_en: T
source: S
data:
  d: {experiments: [x], data_set: D, chance: 0.5, train_size: 10, validation_size: 10, test_size: 10}
claims:
  - {kind: number, id: one, experiment: x, metric: test_accuracy, claimed: "0.5", quote: q, translation: t}
"""
CONSTANTS = '  - {kind: comparison, id: two, order: [["2", "1"]], quote: q, translation: t}'

RATIO = '  - {kind: ratio, id: two, claimed: "2", pairs: [["2", "1"]], quote: q, translation: t}'
MIXED = "  - {kind: comparison, id: two, order: [[x test_accuracy, x test_mse]], quote: q, translation: t}"
OTHER = (
    "  - {kind: comparison, id: two, order: [[x test_accuracy, x test_accuracy]], quote: q, translation: t, "
    "other: {order: [[x test_accuracy, y test_accuracy]], reading: r}}"
)
HOLDS = (
    '  - {kind: consistency, id: two, figures: {a: {value: "1", quote: q}}, holds: a == 1, explanation: e, quote: q, '
    "translation: t}"
)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('claimed: "0.5"', "claimed: 0.5", ["one", "claimed", "in quotes"]),
        ('claimed: "0.5"', 'claimed: "half"', ["one", "not a figure"]),
        ("experiment: x", "experiment: y", ["one", "'y' is not under `data`"]),
        ("kind: number", "kind: figure", ["one", "kind", "comparison"]),
        ("quote: q", "qoute: q", ["one", "unknown key"]),
        ("title: T", "title: T\nextra: 1", ["extra", "unknown key"]),
        ("chance: 0.5", "chance: 1.5", ["chance"]),
        ("chance: 0.5, ", "", ["one", "chance", "x"]),
        (", test_size: 10", "", ["one", "a size", "x"]),
        ("metric: test_accuracy", "metric: test_acuracy", ["one", "'test_acuracy' is not one that runs measure"]),
        (", data_set: D", "", ["data_set", "required"]),
        (FILE.splitlines()[-1], CONSTANTS, ["two", "different kinds, or none"]),
        (FILE.splitlines()[-1], RATIO, ["two", "names no experiment"]),
        (FILE.splitlines()[-1], MIXED, ["two", "compare figures of one kind"]),
        (FILE.splitlines()[-1], OTHER, ["two", "'y' is not under `data`"]),
        (FILE.splitlines()[-1], HOLDS.replace("a == 1", "a == b"), ["two", "'b' is not known"]),
        (
            FILE.splitlines()[-1],
            HOLDS.replace("explanation: e", "otherwise: wrong, explanation: e"),
            ["two", "otherwise"],
        ),
        ("claims:\n", "claims: 3\nx:\n", ["expected the keys"]),
        ('document: "9"', "document: [", ["is not YAML"]),
    ],
)
def test_a_bad_file_is_named_with_the_claim(tmp_path, old, new, words):
    (tmp_path / "bad.yaml").write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError) as error:
        load_claims(tmp_path)
    for word in ["bad.yaml", *words]:
        assert word in str(error.value)


def test_errors_of_numbers_need_no_chance_and_no_size(tmp_path):
    text = FILE.replace("chance: 0.5, train_size: 10, validation_size: 10, test_size: 10", "epochs: 7")
    (tmp_path / "good.yaml").write_text(text.replace("test_accuracy", "test_mse"), encoding="utf-8")
    document = load_claims(tmp_path)[0]
    assert (document.epochs, document.part("x").chance) == ({"x": 7}, None)


def test_a_good_file_loads_and_doubles_are_refused(tmp_path):
    (tmp_path / "good.yaml").write_text(FILE, encoding="utf-8")
    assert [claim.id for claim in load_claims(tmp_path)[0].claims] == ["one"]
    (tmp_path / "same.yaml").write_text(FILE, encoding="utf-8")
    with pytest.raises(UserError, match="document '9' has two files"):
        load_claims(tmp_path)
    (tmp_path / "same.yaml").unlink()
    (tmp_path / "good.yaml").write_text(FILE + FILE.splitlines()[-1] + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="'one' is there twice"):
        load_claims(tmp_path)


def test_a_claim_may_repeat_only_one_that_there_is(tmp_path):
    again = FILE.splitlines()[-1].replace("one", "two").replace("quote: q", "repeats: 9.one, quote: q")
    (tmp_path / "good.yaml").write_text(FILE + again, encoding="utf-8")
    assert [claim.repeats for claim in load_claims(tmp_path)[0].claims] == ["", "9.one"]
    (tmp_path / "good.yaml").write_text(FILE + again.replace("9.one", "9.none"), encoding="utf-8")
    with pytest.raises(UserError, match=r"claim '9\.two': repeats: '9\.none' is not a claim"):
        load_claims(tmp_path)


def test_a_consistency_loads(tmp_path):
    (tmp_path / "good.yaml").write_text(FILE + HOLDS, encoding="utf-8")
    assert [claim.kind for claim in load_claims(tmp_path)[0].claims] == ["number", "consistency"]


def test_a_folder_without_claims_is_named(tmp_path):
    with pytest.raises(UserError, match=r"has no claims"):
        load_claims(tmp_path)
