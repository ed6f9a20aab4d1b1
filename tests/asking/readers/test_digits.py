"""Pixels row by row, of the brightness that the image set has."""

import numpy as np
import pytest

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers.digits import Images

FACTS = {"labels": [str(digit) for digit in range(10)], "side": 8}


def test_the_brightest_pixel_is_one() -> None:
    question = Images().read(" / ".join(["0 1 2 3 4 8 12 16"] * 8), FACTS)
    np.testing.assert_allclose(question.sequences[0, 0], np.array([0, 1, 2, 3, 4, 8, 12, 16]) / 16)
    assert question.sequences.shape == (1, 8, 8) and question.steps[-1] == "row 8"


def test_an_image_of_mnist_has_28_rows() -> None:
    question = Images().read("255 " * 784, FACTS | {"side": 28})
    assert question.sequences.shape == (1, 28, 28) and (question.sequences == 1).all()


@pytest.mark.parametrize(
    ("text", "why"),
    [("1 2 3", "3 pixels, expected 8 rows"), ("17 " * 64, "0 to 16"), ("x", "'x' is not"), ("", "0 pixels")],
)
def test_other_images_are_refused(text: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Images().read(text, FACTS)


def test_the_class_with_the_largest_logit_is_the_answer() -> None:
    answer = Images().answer(np.arange(10.0), FACTS)
    assert answer.text == "9" and sum(answer.probabilities.values()) == pytest.approx(1)
