"""Two marked numbers of a hundred; before fewer stand unmarked means."""

import numpy as np
import pytest

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.product import Pairs


def test_markers_and_values_stand_at_the_end() -> None:
    question = Pairs().read("0.25* 0.5, 1*", {})
    assert question.sequences.shape == (1, 100, 2) and question.first == 97
    np.testing.assert_array_equal(question.sequences[0, -3:], [[1, 0.25], [0, 0.5], [1, 1]])
    assert not question.sequences[0, :-3, 0].any() and (question.sequences[0, :-3, 1] == 0.5).all()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "two numbers"),
        ("0.1* 0.2", "two numbers"),
        ("0.1* 0.2* 0.3*", "two numbers"),
        ("0.1* x*", "'x' is not a number"),
        ("0.1* nan*", "'nan' is not a number"),
        ("0.1* 2*", "from 0.1 to 2"),
        ("0.1* 0.2* " + "0 " * 99, "101 numbers"),
        ("* *", "two numbers"),
        ("0.1*0.2*", "two numbers"),
    ],
)
def test_another_number_of_marks_or_numbers_is_refused(text: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Pairs().read(text, {})


def test_the_answer_is_a_number_beside_the_product_itself() -> None:
    answer = Pairs().answer(np.array([0.26]), {})
    assert (answer.text, answer.value) == ("0.260", 0.26) and answer.as_json()["value"] == 0.26
    assert Pairs().known("0.5* 0.9 0.5*") == "the product: 0.250"
