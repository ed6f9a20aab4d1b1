"""Charts: what is drawn, and that drawing leaves no global state behind."""

import sys

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.colors import to_hex

from pipeline.base.charts import as_svg, confusion_matrix, estimates, learning_curve, more_curves, series

ROWS = [
    {"history": {"loss": [2.0, 1.0, 0.5], "accuracy": [0.1, 0.5, 0.6], "val_accuracy": [None, 0.4, None]}},
    {"history": {"loss": [4.0, 3.0, None], "accuracy": [0.2, 0.6, 0.8], "val_accuracy": [None, 0.6, None]}},
]


def named(figure):
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def test_runs_are_a_band_around_their_mean():
    figure = learning_curve(ROWS, [], "x")
    loss, accuracy = figure.axes
    (mean,), (band,) = loss.lines, loss.collections
    assert list(mean.get_ydata()) == [3.0, 2.0, 0.5]
    edges = {tuple(corner) for corner in band.get_paths()[0].vertices}
    assert {(1.0, 2.0), (1.0, 4.0), (2.0, 1.0), (2.0, 3.0), (3.0, 0.5)} <= edges
    assert named(figure) == ["training, mean and range of 2", "validation, mean and range of 2"]
    assert {line.get_color() for line in loss.lines} < {line.get_color() for line in accuracy.lines}


def test_a_thousand_runs_are_one_band():
    rows = [{"history": {"loss": [float(place)]}} for place in range(1000)]
    figure = learning_curve(rows, [], "x")
    axes = figure.axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[499.5]] and len(axes.collections) == 1


def test_what_was_measured_now_and_then_is_drawn_there_only():
    accuracy = learning_curve(ROWS, [], "x").axes[1]
    assert list(accuracy.lines[-1].get_xdata()) == [2]
    assert list(accuracy.lines[-1].get_ydata()) == [0.5]


def test_the_points_of_the_document_are_marks_with_a_legend():
    points = [("loss", 2, 1.5), ("accuracy", 2, 0.5), ("test_accuracy", 3, 0.7)]
    figure = learning_curve(ROWS, points, "x")
    loss, accuracy = figure.axes
    assert loss.collections[-1].get_offsets().tolist() == [[2, 1.5]]
    marks = [one.get_offsets().tolist() for one in accuracy.collections if one.get_gid() != "band"]
    assert marks == [[[2, 0.5]], [[3, 0.7]]]
    assert named(figure)[-1] == "test, document" and named(figure).count("training, document") == 1


def test_no_runs_and_no_history_draw_empty_axes():
    for rows in ([], [{}], [{"history": {"loss": [None]}}]):
        assert all(not axes.lines for axes in learning_curve(rows, [], "x").axes)


def test_runs_of_other_lengths_are_filled_up():
    table = series([{"history": {"loss": [1.0]}}, {"history": {"loss": [1.0, 2.0]}}], "loss")
    assert table.shape == (2, 2)
    assert np.isnan(table[0, 1])


def test_confusion_shows_counts_and_colours_shares():
    axes = confusion_matrix([[3, 1], [0, 0]], ["잘못된 패턴", "올바른 패턴"], "x").axes[0]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0"]
    assert axes.images[0].get_array().tolist() == [[0.75, 0.25], [0, 0]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["invalid", "valid"]
    assert to_hex(axes.texts[1].get_color()) == "#000000"
    assert to_hex(confusion_matrix([[9, 0], [0, 9]], "ab", "x").axes[0].texts[0].get_color()) == "#ffffff"


@pytest.mark.filterwarnings("error")
def test_svg_is_the_same_each_time_and_leaves_no_state(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # to import it now is an error
    before = {key: rcParams[key] for key in ("svg.fonttype", "svg.hashsalt")}
    texts = {as_svg(learning_curve(ROWS, [("loss", 1, 2.0)], "<b> & co")) for _ in range(2)}
    assert len(texts) == 1
    text = texts.pop()
    assert "&lt;b&gt; &amp; co" in text
    assert "<b>" not in text
    assert {key: rcParams[key] for key in before} == before


def test_many_classes_are_drawn_without_their_counts():
    table = np.eye(30, dtype=int).tolist()
    axes = confusion_matrix(table, [f"class {place}" for place in range(30)], "x").axes[0]
    assert len(axes.texts) == 0 and len(axes.get_yticklabels()) == 30


def test_estimates_leave_out_what_is_no_number():
    axes = estimates([[0.0, 0.1], [1.0, None], [0.5, 0.4]], "x").axes[0]
    assert np.isnan(axes.collections[0].get_offsets().filled(np.nan)).any(axis=1).tolist() == [False, True, False]


def test_further_curves_are_the_mean_of_the_runs():
    axes = more_curves([{"a": [1.0, 3.0]}, {"a": [3.0, 5.0]}], "x").axes[0]
    assert axes.lines[0].get_ydata().tolist() == [2.0, 4.0] and axes.get_yscale() == "log"


def test_numbers_have_no_panel_of_accuracies():
    rows = [{"history": {"loss": [0.5, 0.4], "val_loss": [0.6, 0.5], "seconds": [1.0, 2.0]}}]
    (axes,) = learning_curve(rows, [], "x").axes
    assert {line.get_label() for line in axes.lines} >= {
        "training, mean and range of 1",
        "validation, mean and range of 1",
    }
