"""Pictures are smaller, and say the same."""

from urllib.parse import unquote
from xml.etree import ElementTree

from matplotlib.figure import Figure

from pipeline.base.charts import as_svg
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


def test_an_address_can_stand_in_an_attribute_and_is_the_picture():
    for text in (drawn(), drawn().replace("fill: none", "fill: none; font-family: 'a b'")):
        address = as_address(text)
        assert not set('"<>#%'.replace("%", "")) & set(address) and address.startswith("data:image/svg+xml,")
        again = ElementTree.fromstring(unquote(address.partition(",")[2]))  # noqa: S314
        assert any("0.12345" in (one.text or "") for one in again.iter())
