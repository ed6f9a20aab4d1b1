"""The picture: a panel for the input, for every gate and state of the units that matter, and for the answer."""

import numpy as np
import pytest

from pipeline.asking.hearing import Heard, hear
from pipeline.asking.picture import UNITS, draw, importance, read_out, so_far
from pipeline.asking.question import Answer, Question
from pipeline.asking.readers import READERS
from pipeline.base.charts import as_svg
from tests.asking.test_hearing import network, question


def heard(units: int = 20, steps: int = 5) -> Heard:
    values = np.random.default_rng(0).normal(0, 1, (steps, units))
    return Heard("lstm", {"i": np.abs(values)}, {"h": values})


def asked(steps: str = "a+b*$") -> Question:
    return Question(np.zeros((1, len(steps)), np.int32), np.array([len(steps)]), list(steps))


def panels(one: Heard, given: Question, answers: list[Answer]) -> list[str]:
    figure = draw("title", given, [one], None, answers)
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


def test_there_is_a_panel_for_each_thing_heard() -> None:
    answers = [Answer("a", {"a": 0.6, "b": 0.4})] * 5
    names = ["input", "lstm: input gate", "lstm: output h", "the answer if it ended here"]
    assert panels(heard(), asked(), answers) == names
    assert panels(heard(), asked(), [])[-1] == "lstm: output h"


def test_units_that_vary_and_are_read_come_first() -> None:
    one = heard()
    kernel = np.ones((20, 2))
    kernel[7] = 100
    assert np.argmax(importance(one, kernel)) == 7
    one.states["h"][:, 7] = 3.0
    assert importance(one, kernel)[7] == 0
    assert importance(one, None).shape == (20,)


def test_no_more_units_than_can_be_seen_are_drawn() -> None:
    figure = draw("title", asked(), [heard()], None, [])
    (image,) = figure.axes[1].get_images()
    assert image.get_array().shape == (UNITS, 5)


@pytest.mark.parametrize("shape", [(5, 1), (5, 40)])
def test_vectors_are_drawn_as_lines_or_as_a_map(shape: tuple[int, int]) -> None:
    names = ["degrees"] if shape[1] == 1 else []
    given = Question(np.zeros((1, *shape)), np.array([5]), list("abcde"), np.ones(shape), names)
    axes = draw("title", given, [heard()], None, [Answer("1", value=1.0)] * 5).axes[0]
    assert bool(axes.get_lines()) is bool(names) and bool(axes.get_images()) is not bool(names)


def test_what_was_read_is_written_below() -> None:
    svg = as_svg(draw("a $ b", asked(), [heard()], None, []))
    assert all(f">{symbol}</text>" in svg for symbol in "a+b*$")


def test_padding_before_the_input_is_left_out() -> None:
    given = Question(np.zeros((1, 5)), np.array([5]), ["", "", "", "x", "y"], first=3)
    axes = draw("title", given, [heard()], None, []).axes[1]
    assert axes.get_xlim() == (2.5, 4.5)


def test_the_answer_so_far_ends_with_the_answer(tensorflow: None) -> None:
    model, reader = network("lstm"), READERS["digits"]
    outputs, layers = hear(model, question())
    weights = read_out(model, layers)
    assert weights is not None
    answers = so_far(reader, {"labels": ["a", "b", "c"]}, layers[-1], weights)
    assert len(answers) == 6
    expected = reader.answer(outputs, {"labels": ["a", "b", "c"]}).probabilities
    assert answers[-1].probabilities == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "options",
    [{"readout": {"dense_units": 4}}, {"readout": {"pooling": "mean_max"}}, {"bidirectional": True}],
)
def test_other_read_outs_have_no_answer_so_far(options: dict[str, object], tensorflow: None) -> None:
    model = network("lstm", **options)
    assert read_out(model, hear(model, question())[1]) is None
