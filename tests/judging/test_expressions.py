"""Expressions over a document's own figures: what they hold, and that nothing else can be written in them."""

from decimal import Decimal

import pytest

from pipeline.judging.expressions import holds, number_or_text


@pytest.mark.parametrize(
    ("expression", "figures", "expected"),
    [
        ("kinds == largest + 1", {"kinds": "13", "largest": "13"}, False),
        ("kinds == largest + 1", {"kinds": "14", "largest": "13"}, True),
        ("a * b == c", {"a": "0.1", "b": "3", "c": "0.3"}, True),  # decimals, not binary fractions
        ("a == b", {"a": "90.00", "b": "90"}, True),
        ("a == b", {"a": "tanh", "b": "sigmoid"}, False),
        ("a == 'tanh' and b != 'tanh'", {"a": "tanh", "b": "sigmoid"}, True),
        ("a == 1 or b == 1", {"a": "2", "b": "1"}, True),
        ("1 < a <= b < 9", {"a": "2", "b": "2"}, True),
        ("1 < a < b < 9", {"a": "2", "b": "2"}, False),
        ("wires // 2 % 100 == rest", {"wires": "11,258", "rest": "29"}, True),
        ("abs(a - b) <= 0.5", {"a": "1", "b": "1.5"}, True),
        ("round(a / b) == 3", {"a": "23", "b": "8.982"}, True),
        ("round(a, 1) == 0.3", {"a": "0.2897"}, True),
        ("words(song) == 4", {"song": "g8 e8 e4 f8"}, True),
        ("a == b", {"a": "1", "b": "one"}, False),  # a number is no text
    ],
)
def test_what_holds(expression, figures, expected):
    assert holds(expression, figures) is expected


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("a ==", "is not an expression"),
        ("a + 1", "must be true or false"),
        ("a == b", "'b' is not known"),
        ("a == __import__('os')", "is not known"),
        ("a.real == 1", "'a.real' is not known"),
        ("open(a) == 1", "'open(a)' is not known"),
        ("round(a, digits=1) == 1", "is not known"),
        ("[a] == 1", "is not known"),
        ("(lambda: 1)() == 1", "is not known"),
        ("a ** 9 == 1", "is not known"),
        ("a in 'text'", "compare with =="),
        ("a == True", "'True' is not known"),
        ("a / 0 == 1", "DivisionByZero"),
        ("a < 'text'", "TypeError"),
        ("a + 'text' == 1", "TypeError"),
    ],
)
def test_what_is_not_known_is_named(expression, words):
    with pytest.raises(ValueError, match=r"^holds: ") as error:
        holds(expression, {"a": "1"})
    assert words in str(error.value)


def test_figures_are_numbers_where_they_are_some():
    assert number_or_text("11,258") == Decimal(11258)
    assert number_or_text("0.9949") == Decimal("0.9949")
    assert number_or_text("None, None, 32") == "None, None, 32"
