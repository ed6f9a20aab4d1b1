"""Every kind of chart on a dark ground: no fixed white ground, no fixed dark words, no legend over what is drawn."""

import re
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from pipeline.asking.picture import draw
from pipeline.asking.question import Answer, Question
from pipeline.base.charts import as_svg, confusion_matrix, estimates, learning_curve, more_curves
from pipeline.base.grounds import DARK_GROUND, DARK_INK, ON_DARK, WHITE
from pipeline.report import cost, heard, leak, page, songs, window
from pipeline.report.ranks import critical_difference
from pipeline.report.svg import smaller
from pipeline.sources.generated.song import SONG
from tests.asking.test_picture import heard as layer
from tests.report.test_stories import AUDIT, BOARD, RECORDS, ROWS

HISTORY = {"loss": [2.0, 1.0], "accuracy": [0.1, 0.5], "val_accuracy": [0.4, 0.6], "test_accuracy": [None, 0.5]}
NOTES = ["g8", "e4", *SONG.split()[2:]]
INPUT = Question(np.zeros((1, 5, 14)), np.array([5]), list("abcde"), np.ones((5, 14)), [f"name {n}" for n in range(14)])
CHARTS = {
    "curve": lambda: learning_curve([{"history": HISTORY}], [("accuracy", 1, 0.2), ("test_accuracy", 2, 0.4)], "x"),
    "confusion": lambda: confusion_matrix([[3, 1], [0, 5]], ["a", "b"], "x"),
    "estimates": lambda: estimates([[0.0, 0.1], [1.0, 0.4]], "x"),
    "more": lambda: more_curves([{"a": [1.0, 3.0], "b": [2.0, 2.0]}], "x"),
    "ranks": lambda: critical_difference(["gru", "lstm", "rnn"], [1.0, 2.0, 3.0], 1.5, [(0, 1)]),
    "cost": lambda: cost.cost(BOARD),
    "window": lambda: window.drawn(window.points(ROWS, RECORDS)),
    "leak": lambda: leak.drawn(leak.section(AUDIT, ROWS, RECORDS)["measured"], []),
    "songs": lambda: songs.drawn({"claimed": SONG.split(), "notes": NOTES}),
    "clip": lambda: heard.drawn(np.sin(np.arange(44100) / 9), 44100, 4100),
    "asked": lambda: draw("x", INPUT, [layer()], None, [Answer("a", {"a": 0.6, "b": 0.4})] * 5),
}


def colours(element, kind):
    """What an element says of its `fill` or `stroke` itself, if it is a colour."""
    said = re.findall(rf"(?<![\w-]){kind}: (#\w+)", element.get("style", ""))
    return said or [one for one in [element.get(kind, "")] if one.startswith("#")]


def drawn(name):
    svg = smaller(as_svg(CHARTS[name]()))
    return svg, ElementTree.fromstring(svg)  # noqa: S314


@pytest.mark.parametrize("name", CHARTS)
def test_every_colour_has_one_for_the_dark(name):
    svg, tree = drawn(name)
    rules = svg[svg.index("@media") : svg.index("</style>")]
    for element, kind in product(tree.iter(), ("fill", "stroke")):
        for colour in colours(element, kind):
            ruled = f"'{kind}: {colour}']{{" in rules or f"[{kind}='{colour}']{{" in rules
            assert ruled or colour == WHITE, ElementTree.tostring(element)[:200]
            assert not ruled or ON_DARK[colour] in rules
    assert f"svg{{fill:{DARK_INK}}}" in rules  # words without a colour are black


@pytest.mark.parametrize("name", CHARTS)
def test_the_ground_is_the_only_large_white(name):
    svg, tree = drawn(name)
    assert f"#ground path{{fill:{DARK_GROUND}!important}}" in svg
    white = [one for one in tree.iter() if one.tag.endswith(("}path", "}rect")) and WHITE in colours(one, "fill")]
    white = [one for one in white if "stroke: #fff" not in one.get("style")]  # hatches
    solid = [one for one in white if "opacity" not in one.get("style")]
    ground = next(one for one in tree.iter() if one.get("id") == "ground")
    assert [one.get("d") for one in solid] == [one.get("d") for one in ground]


@pytest.mark.parametrize("name", CHARTS)
def test_no_legend_covers_what_is_drawn(name):
    figure = CHARTS[name]()
    figure.draw_without_rendering()
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    assert bool(legends) is (name in ("curve", "more", "cost", "window", "leak", "asked"))
    for legend, axes in product(legends, figure.axes):
        assert not legend.get_window_extent().padded(-1).overlaps(axes.bbox), axes.get_title(loc="left")


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "ranks"])
def test_axes_say_what_they_count(name):
    shown = [axes for axes in CHARTS[name]().axes if axes.get_label() != "<colorbar>"]
    assert shown[-1].get_xlabel() and (name == "asked" or all(axes.get_ylabel() for axes in shown[:1]))


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_each_time(name):
    assert as_svg(CHARTS[name]()) == as_svg(CHARTS[name]())


def test_the_page_paints_nothing_white_behind_its_pictures_and_prints_light():
    css = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")
    assert not [line for line in css.splitlines() if "img" in line and "background" in line]
    assert "@media screen and (prefers-color-scheme: dark)" in css
    assert "color-scheme: only light" in css[css.index("@media print") :]


def test_names_of_the_cost_picture_do_not_cover_each_other():
    entries = [
        {**BOARD["entries"][0], "entry": f"name {n}", "mean": 0.9 + n / 1e4, "baseline": False} for n in range(5)
    ]
    figure = cost.cost({**BOARD, "entries": entries})
    figure.draw_without_rendering()
    boxes = [text.get_window_extent().padded(-1) for text in figure.axes[0].texts]
    assert len(boxes) == 5
    assert not [1 for n, one in enumerate(boxes) for other in boxes[:n] if one.overlaps(other)]
