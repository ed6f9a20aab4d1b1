"""Pictures are smaller, and say the same."""

import re
from base64 import b64decode
from io import BytesIO
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from pipeline.base.charts import as_svg
from pipeline.base.grounds import shares
from pipeline.report.svg import as_address, smaller


def drawn(text='it\'s 0.12345 "high" & <low>'):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1, 2], [0.1234567, 0.5, 0.2])
    axes.imshow([[0, 1], [1, 0]])
    axes.set_title(text)
    return as_svg(figure)


def test_a_smaller_picture_has_the_same_texts_and_lines():
    whole, small = (ElementTree.fromstring(text) for text in (drawn(), smaller(drawn())))  # noqa: S314
    assert len(smaller(drawn())) < 0.7 * len(drawn())
    assert [one.text for one in whole.iter() if one.tag.endswith("text")] == [
        one.text for one in small.iter() if one.tag.endswith("text")
    ]
    count = [sum(one.tag.endswith(("path", "use", "image")) for one in tree.iter()) for tree in (whole, small)]
    assert count[0] == count[1] > 10


def test_numbers_in_words_are_not_rounded_and_opacity_stays():
    assert smaller('<g d="1.23456"><text style="opacity: 0.35">0.12345</text></g>') == (
        '<g d="1.2"><text style="opacity: 0.35">0.12345</text></g>'
    )


def test_an_image_of_few_pixels_stays_where_it_was_and_keeps_its_colours():
    figure = Figure(figsize=(3, 2))
    figure.subplots().imshow([[0, 1], [0.5, 0]], cmap=shares(), interpolation="none")
    pixels, places = [], []
    for svg in (as_svg(figure), smaller(as_svg(figure))):
        image = Image.open(BytesIO(b64decode(re.search('base64,([^"]*)', svg)[1]))).convert("RGBA")
        pixels.append(np.asarray(image))
        places.append(re.search(r"matrix\([^)]*\)", svg)[0])
    assert (pixels[0] == pixels[1]).all() and set(pixels[0][..., 3].flat) == {0, 128, 255}
    assert places[0] == places[1]


def test_an_address_can_stand_in_an_attribute_and_is_the_picture():
    for text in (drawn(), drawn().replace("fill: none", "fill: none; font-family: 'a b'")):
        address = as_address(text)
        assert not set('"<>#%'.replace("%", "")) & set(address) and address.startswith("data:image/svg+xml,")
        again = ElementTree.fromstring(unquote(address.partition(",")[2]))  # noqa: S314
        assert any("0.12345" in (one.text or "") for one in again.iter())
