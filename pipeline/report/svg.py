"""SVG as small as it can be without a visible loss: matplotlib writes six decimals, and its fonts at every text."""

import re
from base64 import b64decode, b64encode
from io import BytesIO
from urllib.parse import quote

import numpy as np
from markupsafe import Markup
from PIL import Image

_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"matrix\([^)]*\)|-?\d+\.\d{3,}")
_NOT_DRAWN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
_FONTS = re.compile(r"'DejaVu Sans'(, '[^']*')*, ")
_NO_TURN = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_IMAGE = re.compile(r"image/png;base64,([^\"]*)")
_NAMES = re.compile(
    r' id="(figure|patch|axes|matplotlib\.axis|xtick|ytick|line2d|text|legend)_\d+"'
)  # nothing refers to
_SAFE = " !$'()*+,-./:;=?@[]^_`{|}~"  # needs no escape in a quoted attribute of a data URL


def smaller(svg: str) -> str:
    """Round coordinates to a tenth of a point, list the colours of images once, and remove what is not drawn."""
    text = _IMAGE.sub(lambda found: f"image/png;base64,{_listed(found[1])}", _NOT_DRAWN.sub("", svg))
    text = _NAMES.sub("", _NO_TURN.sub("", _FONTS.sub("", text)))
    text = _TAG.sub(lambda tag: _NUMBER.sub(_rounded, tag[0]), text)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", text)).strip()


def _listed(png: str) -> str:
    """Encode a PNG again with a palette: half as long. One of more than 256 colours stays as it is."""
    image = Image.open(BytesIO(b64decode(png))).convert("RGBA")
    colours, places = np.unique(np.asarray(image).reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) > 256:
        return re.sub(r"\s+", "", png)
    listed = Image.fromarray(places.reshape(image.height, image.width).astype(np.uint8), "P")
    listed.putpalette(colours[:, :3].tobytes())
    out = BytesIO()
    listed.save(out, "PNG", optimize=True, transparency=colours[:, 3].tobytes())
    return b64encode(out.getvalue()).decode()


def _rounded(found: re.Match[str]) -> str:
    if found[0].startswith("matrix"):  # it enlarges an image of few pixels, and with it what would be rounded off
        return found[0]
    return f"{float(found[0]):.1f}".removesuffix(".0")


def as_address(svg: str) -> Markup:
    """Encode an SVG as a data URL: a third smaller than base64, and ids of two pictures cannot clash."""
    text = smaller(svg)
    if "'" not in "".join(_TAG.findall(text)):  # then these quotes need no escape
        text = _TAG.sub(lambda tag: tag[0].replace('"', "'"), text)
    return Markup("data:image/svg+xml," + quote(text, safe=_SAFE))  # noqa: S704  neither `"` nor `&` nor `<` is left
