"""Numbers of a text, and the answer among classes."""

import numpy as np
import pytest

from pipeline.asking.question import WrongInputError, among, numbers


def test_numbers_are_separated_by_anything_usual() -> None:
    assert numbers("1, 2/3\n-4.5", "a number") == [1, 2, 3, -4.5]


@pytest.mark.parametrize("word", ["x", "1e999", "nan"])
def test_what_is_no_number_is_named(word: str) -> None:
    with pytest.raises(WrongInputError, match=f"'{word}' is not a pixel"):
        numbers(f"1 {word}", "a pixel")


def test_chances_add_up_to_one_however_large_the_logits() -> None:
    answer = among(np.array([1000.0, 999.0, -1000.0]), ["a", "b", "c"])
    assert answer.text == "a" and sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.as_json() == {"answer": "a", "probabilities": answer.probabilities}
