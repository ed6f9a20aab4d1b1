"""A document held against itself, and what is counted from its own words."""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from pipeline.judging.claims import load_claims
from pipeline.judging.consistency import own_figures, own_value, own_verdict
from pipeline.judging.kinds import Claim, Comparison, Consistency, Fact, Number
from pipeline.judging.verdicts import Judgement, brief
from tests.figure_table import SHARED
from tests.made_results import CLAIMS

DOCUMENTS = {document.document: document for document in load_claims(CLAIMS)}
AGREES, EXCLUDED = "consistent", "contradicts itself"
UNSUPPORTED, OPEN = "not supported by its own figures", "ambiguous"
VERDICTS = {
    "000": {"lstm.gates": AGREES, "lstm.tanh": OPEN},
    "001": {"state-headings": EXCLUDED, "three-models": AGREES, "slow-down": UNSUPPORTED},
    "002": {
        "imdb_rnn.modes": AGREES,
        "imdb.maxlen": UNSUPPORTED,
        "reuters.wires-and-accuracies": UNSUPPORTED,
        "reuters.words": UNSUPPORTED,
        "reuters.embedded-ids": EXCLUDED,
        "reuters.embedded-shape": AGREES,
        "reuters.convolved": EXCLUDED,
        "reuters.widened": AGREES,
        "reuters.pooled": EXCLUDED,
        "reuters.quartered": AGREES,
        "reuters_mlp.milliseconds": AGREES,
        "reuters_lstm.milliseconds": AGREES,
        "reuters_cnn.milliseconds": AGREES,
        "reuters_cnn_lstm.milliseconds": AGREES,
        "song.kinds": EXCLUDED,
        "song.samples": OPEN,
        "song.input": AGREES,
        "song_basic.evaluate-and-list": EXCLUDED,
        "song_two_features.played": EXCLUDED,
        "song_two_features.labels": OPEN,
        "song_two_features.code-of-g8": AGREES,
        "jena.samples-per-day": AGREES,
        "jena.validation-batches": AGREES,
        "jena.test-batches": OPEN,
        "jena.train-rows": OPEN,
        "jena.validation-rows": OPEN,
        "jena.horizon": EXCLUDED,
        "rnn.activation": EXCLUDED,
        "lstm.gates": AGREES,
        "lstm.names": EXCLUDED,
        "gru.overwritten": EXCLUDED,
        "gru.one-state": AGREES,
    },
    "003": {
        "forget-legend": OPEN,
        "series-axis": EXCLUDED,
        "candidate": OPEN,
        "four-layers": AGREES,
        "three-gates": AGREES,
        "input-weights": AGREES,
        "hidden-weights": AGREES,
        "biases": AGREES,
    },
    "004": {"sequences": AGREES, "shape": AGREES, "same-conditions": AGREES},
}


def claim_of(number: str, name: str) -> Claim:
    return next(claim for claim in DOCUMENTS[number].claims if claim.id == name)


def verdict_on(claim: Claim, number: str) -> Judgement:
    found = own_verdict(claim, DOCUMENTS[number])
    assert found is not None
    return found


def comparison(number: str, name: str, *order: list[str]) -> Claim:
    """The comparison of a document, with other chains."""
    claim = claim_of(number, name)
    assert isinstance(claim, Comparison)
    return claim.model_copy(update={"order": list(order)})


def figure_of(name: str, figure: str) -> str:
    """A figure of a consistency of document 002."""
    claim = claim_of("002", name)
    assert isinstance(claim, Consistency)
    return claim.figures[figure].value


def notes(text: str) -> list[str]:
    return re.findall("[a-g][48]", text)


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_document_against_itself(number):
    document = DOCUMENTS[number]
    found = {claim.id: own_verdict(claim, document) for claim in document.claims}
    assert {name: one.verdict for name, one in found.items() if one is not None} == VERDICTS[number]


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_the_reason_is_the_arithmetic(number):
    for claim in DOCUMENTS[number].claims:
        if isinstance(claim, Consistency):
            why = verdict_on(claim, number).why
            assert claim.holds in why and claim.explanation in why
            assert all(f"{name}: {brief(quoted.value)}" in why for name, quoted in claim.figures.items())


@pytest.mark.parametrize("number", list(DOCUMENTS))
def test_every_figure_is_used_and_stands_in_the_document(number):
    found: list[Path] = list((SHARED / "documents").glob(f"{number}*.txt"))
    text = _flat(found[0].read_text(encoding="utf-8")) if found else None
    for claim in DOCUMENTS[number].claims:
        for name, quoted in claim.figures.items() if isinstance(claim, Consistency) else ():
            assert re.search(rf"\b{name}\b", claim.holds), (claim.id, name)
            for piece in _flat(quoted.quote).split(" […] ") if text else ():
                assert text and piece in text, (claim.id, name)


def _flat(text: str) -> str:
    return " ".join(text.replace("\\_", "_").replace("**", "").split())


def test_seconds_of_ours_are_held_against_those_of_the_documents_clock():
    slow = verdict_on(claim_of("001", "slow-down"), "001")
    assert slow.verdict == UNSUPPORTED
    for words in ("claimed 4~5 times", "151 / 46 = 3.28", "1569 / 410 = 3.83", "1463 / 387 = 3.78"):
        assert words in slow.why, words
    own = own_value("us_lstm_10_10 cpu_seconds@0..10", DOCUMENTS["001"], own_figures(DOCUMENTS["001"]))
    assert own is not None and own.value == 151


def test_the_window_speaks_for_no_contradiction():
    for name in ("window-lstm", "window-state"):
        assert own_verdict(claim_of("001", name), DOCUMENTS["001"]) is None


def test_rounding_refutes_nothing():
    figure = "us_basic_10_10 train_seconds@0..10"  # 46 by the document
    figures = own_figures(DOCUMENTS["001"]) | {("us_basic_10_10", "train_seconds@0..10"): Decimal(46)}
    own = own_value(figure, DOCUMENTS["001"], figures)
    assert own is not None and (own.value, own.slack) == (46, Decimal("0.5"))
    for claimed, against in (
        ("3.8~5", False),
        ("3.83~5", False),
        ("3.84~5", True),
    ):  # 1569 / 410 is 3.83, and 1569.5 / 409.5 too
        claim = claim_of("001", "slow-down").model_copy(update={"claimed": claimed})
        assert (own_verdict(claim, DOCUMENTS["001"]) is not None) == against


def test_the_opposite_beyond_the_sampling_error_is_a_contradiction_and_within_it_no_support():
    turned = comparison(
        "001", "rnn-above-lstm-10", ["us_lstm_10_10 test_accuracy@10", "us_basic_10_10 test_accuracy@10"]
    )
    weak = verdict_on(turned, "001")  # .325 and .348 of 385 clips each
    assert weak.verdict == UNSUPPORTED
    assert (
        "us_lstm_10_10 test_accuracy@10: 0.325" in weak.why and "standard error of the difference is 0.034" in weak.why
    )
    strong = comparison("001", "window-lstm", ["us_basic_10_100 test_accuracy", "us_lstm_10_100 test_accuracy"])
    assert verdict_on(strong, "001").verdict == EXCLUDED
    both = comparison("001", "window-lstm", turned.order[0], strong.order[0])  # type: ignore[union-attr]
    assert verdict_on(both, "001").verdict == EXCLUDED


def test_a_difference_of_differences_is_shown_with_its_sum():
    turned = comparison(
        "001",
        "lstm-gains-with-epochs",
        ["us_lstm_10_10 test_accuracy@10 - us_basic_10_10 test_accuracy@10", "us_lstm_10_10 test_accuracy"],
    )
    assert "0.325 - 0.348 = -0.023" in verdict_on(turned, "001").why


def test_errors_have_no_sampling_error_so_the_opposite_is_a_contradiction():
    turned = comparison("002", "rnn-not-for-long-text", ["imdb_lstm val_loss@10", "imdb_rnn val_loss@10"])
    assert verdict_on(turned, "002").verdict == EXCLUDED


def test_what_the_document_does_not_print_speaks_against_nothing():
    missing = comparison("001", "window-lstm", ["us_basic_10_100 test_accuracy@50", "us_lstm_10_100 test_accuracy"])
    assert own_verdict(missing, DOCUMENTS["001"]) is None


def test_figures_that_are_no_log_count_too_and_percent_is_a_fraction():
    own = own_figures(DOCUMENTS["002"])
    assert own["song_basic", "test_accuracy"] == Decimal("0.9000")
    assert own["imdb_lstm", "val_accuracy@10"] == Decimal("0.8818")
    assert own_verdict(claim_of("002", "rnn-not-for-long-text"), DOCUMENTS["002"]) is None


def song() -> list[str]:
    """The 54 notes, as the document has them in its code."""
    return notes(figure_of("song.samples", "song"))


def codes() -> dict[str, int]:
    """The numbers of the notes, as the document has them."""
    return {name: place for place, name in enumerate(f"{pitch}{length}" for length in "48" for pitch in "cdefgab")}


def test_the_notes_that_the_song_networks_have_right():
    lists = {
        claim.id: (claim.claimed.split(), notes(claim.quote))
        for claim in DOCUMENTS["002"].claims
        if isinstance(claim, Fact) and claim.metric in ("one-step list", "full-song list")
    }
    assert len(lists) == 5
    for name, (claimed, quoted) in lists.items():
        assert claimed == quoted, name
        wrong = [place for place, pair in enumerate(zip(claimed, song(), strict=True), 1) if len(set(pair)) > 1]
        assert wrong == ([8, 9, 19, 20, 33, 39] if name == "song_basic.one-step" else []), name
    assert figure_of("song_basic.evaluate-and-list", "right") == str(50 - 6)


def test_the_matrix_of_the_song_is_that_of_its_notes():
    matrix = np.lib.stride_tricks.sliding_window_view([codes()[note] for note in song()], 5)
    claims = [claim_of("002", f"song.{name}") for name in ("matrix", "shape")]
    assert [claim.claimed for claim in claims if isinstance(claim, Fact)] == [
        " ".join(map(str, matrix.ravel())),
        str(matrix.shape),
    ]
    assert len(codes()) == 14  # and not the 13 of song.kinds


def test_the_ten_reviews_are_counted_from_their_lines():
    claims = [claim_of("002", f"imdb_lstm.first-ten-{name}") for name in ("labels", "predictions")]
    lines = re.findall(r"\[(\d)\] --> \['(..)'\]", claims[0].quote)
    labels, said = [label for label, _ in lines], ["1" if word == "긍정" else "0" for _, word in lines]
    assert [claim.claimed for claim in claims if isinstance(claim, Fact)] == [" ".join(labels), " ".join(said)]
    assert claims[0].quote == claims[1].quote


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
    inside = [codes()[song()[window + 4]] for window in range(50) for _ in range(4)]  # one for each note of a window
    outside = [codes()[song()[window + 4]] for window in range(50)]
    assert (len(inside), inside[:4], len(outside), outside[:4]) == (200, [8] * 4, 50, [8, 1, 7, 8])
    assert [figure_of("song_two_features.labels", name) for name in ("first", "second")] == ["8", "1"]


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
