"""Long prints are folded to their difference; short ones stay as they are."""

import pytest

from pipeline.report.prints import LONG, difference, folded

WORDS = [str(place) for place in range(20)]


def test_short_prints_and_numbers_stay():
    assert not folded(" ".join(WORDS[: LONG - 1]), "x")["claimed"]
    assert not folded(0.5, 0.4)["claimed"] and not folded(None, None)["measured"]


def test_long_prints_become_their_difference():
    same = folded(" ".join(WORDS), " ".join(WORDS))
    assert (same["claimed"], same["measured"]) == ("20 words", "the same 20")
    assert folded(" ".join(WORDS), None)["measured"] == ""


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (["x", *WORDS[1:]], "1 of 20 differ: 1 (x, claimed 0)"),
        ([*WORDS[:-1], "x"], "1 of 20 differ: 20 (x, claimed 19)"),
        (WORDS[1:], "19 instead of 20"),
    ],
)
def test_the_difference_is_named(measured, said):
    assert difference(WORDS, measured) == said


def test_many_differences_are_counted_and_the_first_are_named():
    said = difference(WORDS, ["x"] * 20)
    assert said.startswith("20 of 20 differ: 1 (x, claimed 0), ") and said.endswith("6 (x, claimed 5), …")
