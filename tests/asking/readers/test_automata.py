"""A string becomes symbols; what is no string of the alphabet is refused with a reason."""

import numpy as np
import pytest

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.automata import LABELS, Strings
from pipeline.sources.generated.strings import as_text

FACTS = {"labels": LABELS}


def test_a_string_is_encoded_as_in_training() -> None:
    question = Strings().read("a+b*(c", FACTS)
    assert as_text(question.sequences[0], question.lengths[0]) == "a+b*(c"
    assert question.sequences.shape == (1, 39) and question.steps == list("a+b*(c")


@pytest.mark.parametrize(("text", "why"), [("", "empty"), ("a B", "' ' is not a symbol"), ("a" * 40, "40 symbols")])
def test_what_is_no_string_is_refused(text: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Strings().read(text, FACTS)


def test_one_logit_is_the_chance_of_the_second_class() -> None:
    answer = Strings().answer(np.array([np.log(3.0)]), FACTS)
    assert answer.text == "valid" and answer.probabilities == pytest.approx({"invalid": 0.25, "valid": 0.75})


def test_the_grammar_knows_the_answer() -> None:
    assert [Strings().known(text) for text in ("a+b*(c", "a+b*(c)")] == ["the grammar: invalid", "the grammar: valid"]
