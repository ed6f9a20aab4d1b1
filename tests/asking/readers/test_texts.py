"""Words become the ids that Keras' sets have, cut and padded in front."""

from types import SimpleNamespace

import pytest

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.texts import Newswires, Reviews

FACTS = {
    "labels": ["negative", "positive"],
    "words": {"the": 4, "film": 20, "it's": 9},
    "vocabulary": 50,
    "timesteps": 6,
}


def test_known_words_have_their_ids_and_others_the_same() -> None:
    question = Reviews().read("The FILM, it's Unseen!", FACTS)
    assert question.sequences.tolist() == [[0, 1, 4, 20, 9, 2]]
    assert question.first == 1 and question.steps == ["", "(start)", "the", "film", "it's", "?"]


def test_of_a_long_text_the_last_words_count() -> None:
    question = Newswires().read("film " * 9 + "the", FACTS)
    assert question.sequences.tolist() == [[20] * 5 + [4]] and question.steps[-1] == "the" and question.first == 0


@pytest.mark.parametrize("text", ["", "!?", "쉽고 좋다", "unseen words"])
def test_a_text_without_a_known_word_is_refused(text: str) -> None:
    with pytest.raises(WrongInputError, match="none of its words"):
        Reviews().read(text, FACTS)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(WrongInputError, match="letters"):
        Reviews().read("the " * 300_000, FACTS)


def test_runs_that_validate_on_the_test_part_have_no_figure() -> None:
    judged = [Reviews().validates(SimpleNamespace(validates_on=part)) for part in ("held_out", "test")]
    judged += [Newswires().validates(SimpleNamespace(protocol=name)) for name in ("corrected", "as_written")]
    assert judged == [True, False, True, False]
