"""Colours on both grounds: contrast, colour blindness, and the rule in an SVG."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pipeline.base.charts import as_svg, confusion_matrix
from pipeline.base.grounds import (
    DARK_GROUND,
    DARK_INK,
    INK,
    LIGHT_GROUND,
    LINES,
    ON_DARK,
    looks,
    shares,
    signed,
    with_dark,
)

BLIND = {  # Machado, Oliveira and Fernandes (2009), severity 1
    "nobody": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
GROUNDS = {"light": LIGHT_GROUND, "dark": DARK_GROUND}


def on(ground, colour):
    return ON_DARK.get(colour, colour) if ground == "dark" else colour


def linear(colour):
    part = np.array(to_rgb(colour))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    x, y, z = np.cbrt(xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("ground", GROUNDS)
def test_words_and_lines_stand_out(ground):
    assert contrast(on(ground, INK), GROUNDS[ground]) > 7
    assert contrast(DARK_INK, DARK_GROUND) > 7
    assert all(contrast(on(ground, colour), GROUNDS[ground]) > 3 for colour in (*LINES, "#000000"))


@pytest.mark.parametrize("who", BLIND)
@pytest.mark.parametrize("ground", GROUNDS)
def test_whoever_looks_can_tell_lines_apart(ground, who):
    seen = [lab(np.array(BLIND[who]) @ linear(on(ground, colour))) for colour in LINES]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 14


def test_sixteen_lines_differ():
    assert len({str(look) for look in looks(16)}) == 16
    assert len({look["color"] for look in looks(4)}) == len({str(look["linestyle"]) for look in looks(4)}) == 4


@pytest.mark.parametrize("share", np.linspace(0, 1, 41))
def test_the_figures_in_a_confusion_matrix_can_be_read(share):
    axes = confusion_matrix([[round(1000 * share), 1000 - round(1000 * share)], [0, 1]], "ab", "x").axes[0]
    (image,), text = axes.images, axes.texts[0]
    *colour, seen = image.cmap(image.norm(share))
    words = text.get_color()
    for ground in GROUNDS:
        cell = tuple(seen * np.array(colour) + (1 - seen) * np.array(to_rgb(GROUNDS[ground])))
        shown = (DARK_INK if ground == "dark" else words) if words == "black" else words
        assert contrast(shown, cell) >= 4.5, ground


def test_colour_maps_let_the_ground_through():
    assert shares()(0.0)[3] == 0 and shares()(1.0)[3] == 1
    assert [round(signed()(place)[3], 1) for place in (0.0, 0.5, 1.0)] == [1, 0, 1]
    assert signed()(0.0)[:3] != signed()(1.0)[:3]


def test_only_what_is_drawn_has_a_rule_and_only_for_the_dark():
    svg = '<svg><style>*{}</style><path style="fill: #0072b2"/><rect fill="#d55e00"/><g style="stroke: #123456"/></svg>'
    found = with_dark(svg)
    assert found.startswith("<svg><style>*{}@media screen and (prefers-color-scheme:dark){")
    assert "[style*='fill: #0072b2']{fill:#56b4e9!important}" in found
    assert "[fill='#d55e00']{fill:#f0803c!important}" in found
    assert "#123456'" not in found and "stroke:" not in found.split("</style>")[0]
    assert found.split("</style>")[1] == svg.split("</style>")[1]


def test_black_that_matplotlib_leaves_out_has_a_rule():
    found = as_svg(confusion_matrix([[1, 1], [0, 0]], ["a", "b"], "x"))
    assert f"svg{{fill:{DARK_INK}}}" in found and f"#ground path{{fill:{DARK_GROUND}!important}}" in found
    assert found.count('id="ground"') == 1
