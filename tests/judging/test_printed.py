"""Figures as printed, metrics and terms."""

from decimal import Decimal

import pytest

from pipeline.judging.printed import Printed, parse_metric, parse_term


def test_printed_figures():
    assert (Printed.parse("0.902").low, Printed.parse("0.902").high) == (Decimal("0.9015"), Decimal("0.9025"))
    assert (Printed.parse("44").low, Printed.parse("0.00").high) == (Decimal("43.5"), Decimal("0.005"))
    assert [Printed.parse(text).number() for text in ("44", "0.630", "4~5")] == [44, 0.63, "4~5"]
    with pytest.raises(ValueError, match="not a figure"):
        Printed.parse("about 3")


def test_digits_of_a_machine_count_as_far_as_they_are_meant():
    printed = Printed.parse("0.2897359729905486", 6)
    assert (printed.low, printed.high) == (Decimal("0.2897355"), Decimal("0.2897365"))
    assert printed.number() == 0.2897359729905486


def test_metrics_and_terms():
    metric = parse_metric("seconds@10..30")
    assert (metric.name, metric.start, metric.end) == ("seconds", 10, 30)
    assert parse_metric("probability of a/b").name == "probability of a/b"
    assert [piece.sign for piece in parse_term("a x - b y").pieces] == [1, -1]
    assert parse_term("0.1").constant == Decimal("0.1")
    with pytest.raises(ValueError, match="not a term"):
        parse_term("just_one")
