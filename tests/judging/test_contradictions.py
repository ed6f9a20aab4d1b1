"""A document held against itself, and what is counted from its own words."""

import re
from decimal import Decimal

import numpy as np
import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.contradictions import own_figures, refuted
from pipeline.judging.kinds import Claim, Comparison, Fact, Number
from tests.made_results import CLAIMS

DOCUMENTS = {document.document: document for document in load_claims(CLAIMS)}
BY_WORDS = {  # the document says it otherwise elsewhere
    "000": ["lstm.tanh"],
    "002": [
        "gru.overwritten",
        "imdb.batch",
        "imdb.maxlen",
        "jena.horizon",
        "jena.train-rows",
        "reuters.convolved",
        "reuters.embedded-ids",
        "reuters.pooled",
        "reuters.wires",
        "rnn.activation",
        "song.kinds",
        "song.samples",
        "song_basic.evaluate",
        "song_two_features.labels",
        "song_two_features.played",
    ],
    "003": ["candidate", "forget-legend", "series-axis"],
}
BY_FIGURES = {"001": ["slow-down", "window-state"]}


def claim_of(number: str, name: str) -> Claim:
    return next(claim for claim in DOCUMENTS[number].claims if claim.id == name)


def notes(text: str) -> list[str]:
    return re.findall("[a-g][48]", text)


def test_what_contradicts_its_document():
    found = {
        number: sorted(claim.id for claim in document.claims if refuted(claim, document))
        for number, document in DOCUMENTS.items()
    }
    assert {number: ids for number, ids in found.items() if ids} == BY_WORDS | BY_FIGURES


def test_the_arithmetic_is_shown():
    slow, window = (refuted(claim_of("001", name), DOCUMENTS["001"]) for name in ("slow-down", "window-state"))
    assert slow is not None and window is not None
    assert "151 / 46 = 3.28" in slow and "1569 / 410 = 3.83" in slow
    assert "0.758 - 0.590 = 0.168" in window
    song = refuted(claim_of("002", "song_basic.evaluate"), DOCUMENTS["002"])
    assert song is not None and song.startswith("claimed 90.00 %, the document itself has 88 %: ")
    assert "44/50 = 88 %" in song


def test_rounding_does_not_refute():
    document = DOCUMENTS["001"]
    claim = claim_of("001", "rnn-above-lstm-10")
    close = claim.model_copy(update={"order": [["0.3475", "us_basic_10_10 test_accuracy@10"]]})  # printed .348
    assert isinstance(close, Comparison)
    assert refuted(close, document) is None
    assert refuted(claim.model_copy(update={"order": [["0.3474", close.order[0][1]]]}), document) is not None
    assert refuted(claim_of("001", "slow-down").model_copy(update={"claimed": "3.8~5"}), document) is None


def test_figures_that_are_no_log_count_too_and_percent_is_a_fraction():
    own = own_figures(DOCUMENTS["002"])
    assert own["song_basic", "test_accuracy"] == Decimal("0.9000")
    assert own["imdb_lstm", "val_accuracy@10"] == Decimal("0.8818")
    turned = claim_of("002", "rnn-not-for-long-text")
    assert isinstance(turned, Comparison)
    assert refuted(turned, DOCUMENTS["002"]) is None
    turned = turned.model_copy(update={"order": [list(reversed(turned.order[0]))]})
    assert "0.8818" in (refuted(turned, DOCUMENTS["002"]) or "")


def test_a_ratio_to_a_constant_is_held_against_the_document():
    claim = claim_of("002", "reuters_lstm.milliseconds")
    assert refuted(claim, DOCUMENTS["002"]) is None  # 23 / 8.982 = 2.56, printed as 3
    assert "23 / 8.982 = 2.56" in (refuted(claim.model_copy(update={"claimed": "2"}), DOCUMENTS["002"]) or "")


def test_the_notes_that_the_song_networks_have_right():
    basic = claim_of("002", "song_basic.one-step")
    list_, song = (notes(part) for part in basic.quote.split("실제 악보"))
    assert len(list_) == len(song) == 54
    assert [place for place, pair in enumerate(zip(list_, song, strict=True), 1) if len(set(pair)) > 1] == [
        *(8, 9, 19, 20, 33, 39)
    ]
    for name in ("song_basic.one-step", "song_state.one-step", "song_state.full-song", "song_two_features.full-song"):
        claim = claim_of("002", name)
        assert isinstance(claim, Number)
        played = notes(claim.quote.split("실제 악보")[0])
        assert sum(a == b for a, b in zip(played[4:], song[4:], strict=True)) == int(claim.claimed), name
    evaluate = claim_of("002", "song_basic.evaluate")
    assert isinstance(evaluate, Number) and evaluate.own is not None
    assert Decimal(evaluate.own.value) == Decimal(44) / 50 * 100


def test_the_matrix_of_the_song_is_that_of_its_notes():
    song = notes(claim_of("002", "song_basic.one-step").quote.split("실제 악보")[1])
    codes = {name: place for place, name in enumerate(f"{pitch}{length}" for length in "48" for pitch in "cdefgab")}
    matrix = np.lib.stride_tricks.sliding_window_view([codes[note] for note in song], 5)
    claims = [claim_of("002", f"song.{name}") for name in ("matrix", "shape")]
    assert [claim.claimed for claim in claims if isinstance(claim, Fact)] == [
        " ".join(map(str, matrix.ravel())),
        str(matrix.shape),
    ]
    assert len(codes) == 14  # and not the 13 of song.kinds


def test_the_ten_reviews_are_counted_from_their_lines():
    right = claim_of("002", "imdb_lstm.first-ten-right")
    lines = re.findall(r"\[(\d)\] --> \['(..)'\]", right.quote)
    labels, said = [label for label, _ in lines], ["1" if word == "긍정" else "0" for _, word in lines]
    claims = [claim_of("002", f"imdb_lstm.first-ten-{name}") for name in ("labels", "predictions", "right")]
    assert [claim.claimed for claim in claims if isinstance(claim, Fact | Number)] == [
        " ".join(labels),
        " ".join(said),
        str(sum(a == b for a, b in zip(labels, said, strict=True))),
    ]


def test_the_columns_of_the_climate_are_counted_from_the_header():
    claim = claim_of("002", "jena.columns")
    assert isinstance(claim, Fact)
    assert claim.claimed == str(claim.quote.count('"') // 2)


@pytest.mark.parametrize(("wires", "possible"), [(11_258, 0), (11_228, 4)])
def test_the_accuracies_tell_how_many_wires_there_were(wires, possible):
    test = wires - int(wires * 0.8)
    shares = {f"{right / test:.4f}" for right in range(test + 1)}
    names = ("reuters_mlp", "reuters_lstm", "reuters_cnn", "reuters_cnn_lstm")
    claims = [claim_of("002", f"{name}.test_accuracy") for name in names]
    assert sum(claim.claimed in shares for claim in claims if isinstance(claim, Number)) == possible


def test_the_labels_that_the_printed_code_gives():
    song = notes(claim_of("002", "song_basic.one-step").quote.split("실제 악보")[1])
    codes = {name: place for place, name in enumerate(f"{pitch}{length}" for length in "48" for pitch in "cdefgab")}
    labels = [codes[song[window + 4]] for window in range(50) for _ in range(4)]  # one for each note of each window
    claim = claim_of("002", "song_two_features.labels")
    assert isinstance(claim, Fact) and claim.own is not None
    assert len(labels) == 200
    assert " ".join(map(str, labels[:4])) == claim.own.value
    assert " ".join(map(str, labels[::4][:4])) == claim.claimed


def test_the_list_that_the_printed_code_plays():
    played: list[object] = ["g8", "e8", "e4", "f8"]  # seq_out and seq_in are this one list
    for _ in range(50):
        played += ["note", 0.5]
        played.pop(0)
    assert len(played) == 54
    assert [type(entry) for entry in played[:4]] == [str, float, str, float]
    assert sum(isinstance(entry, str) for entry in played) == 27


def test_the_rows_that_the_climate_code_takes():
    row, step, delay = 5000, 6, 144
    last = list(range(row - 1440, row, step))[-1]
    assert (row + delay - last) * 10 / 60 == 25
    first, end, batch = 200_001 + 1440, 300_000, 128
    steps = (300_000 - 200_001 - 1440) // batch
    assert (steps, steps * batch, end - first) == (769, 98_432, 98_559)
    assert 199_999 + delay == 200_143
