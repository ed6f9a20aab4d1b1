"""Charts on a light and on a dark ground: an SVG holds the colours of both, and the reader's browser chooses.

A rule `prefers-color-scheme` in an SVG works inside `<img>` too, where it follows the page that shows it. Whatever
knows no such rule, and every printer, shows the light colours, which stand in the elements themselves.
"""

import re
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_rgb

INK, BLUE, ORANGE, GREEN, SOFT = "#1f2328", "#0072b2", "#d55e00", "#009e73", "#7a828b"
GRID = "#b0b0b0"  # matplotlib's own
WHITE = "#ffffff"  # on a colour that is the same on both grounds: figures in full cells, hatches
LIGHT_GROUND, DARK_GROUND, DARK_INK = "#ffffff", "#0d1117", "#e6edf3"  # those of report/page.css
ON_DARK = {
    "#000000": "#9da7b3",  # of lines: axes and ticks; matplotlib leaves black out where it fills or writes
    GRID: "#6e7681",
    INK: DARK_INK,
    BLUE: "#56b4e9",
    ORANGE: "#f0803c",
    GREEN: "#86dba4",
    SOFT: "#8b949e",
}
LINES = (BLUE, ORANGE, GREEN, INK)
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.5, 1.5)))  # a second sign beside the colour
GROUND = "ground"  # the id of what is painted behind everything

_COLOUR = re.compile(r'\b(fill|stroke)(: |=")(#[0-9a-f]{6})')


def with_dark(svg: str) -> str:
    """Add the rule for dark grounds to an SVG of matplotlib, whose ground has the id `ground`.

    Colours that are not in `ON_DARK` stay as they are.
    """
    used = sorted({(kind, sign, colour) for kind, sign, colour in _COLOUR.findall(svg) if colour in ON_DARK})
    rules = [f"svg{{fill:{DARK_INK}}}", f"#{GROUND} path{{fill:{DARK_GROUND}!important}}"]  # no colour given: black
    for kind, sign, colour in used:
        where = f"[style*='{kind}: {colour}']" if sign == ": " else f"[{kind}='{colour}']"
        rules.append(f"{where}{{{kind}:{ON_DARK[colour]}!important}}")
    style = f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"
    return svg.replace("</style>", f"{style}</style>", 1)


def looks(count: int) -> list[dict[str, Any]]:
    """List colour and dashes for so many lines of one chart, as keywords of `plot`; 16 are told apart."""
    each = len(LINES)
    return [{"color": LINES[n % each], "linestyle": DASHES[(n + n // each) % each]} for n in range(count)]


def shares() -> LinearSegmentedColormap:
    """Make a colour map for 0 to 1 that lets the ground through: nothing at 0, blue at 1."""
    return _map("shares", [(*to_rgb(BLUE), 0.0), (*to_rgb(BLUE), 1.0)])


def signed() -> LinearSegmentedColormap:
    """Make a colour map for -1 to 1 that lets the ground through: blue, nothing at 0, orange."""
    return _map("signed", [(*to_rgb(BLUE), 1.0), (*to_rgb(BLUE), 0.0), (*to_rgb(ORANGE), 0.0), (*to_rgb(ORANGE), 1.0)])


def _map(name: str, ends: list[tuple[float, ...]]) -> LinearSegmentedColormap:
    middle = [0.5, 0.5] if len(ends) > 2 else []
    return LinearSegmentedColormap.from_list(name, list(zip([0.0, *middle, 1.0], ends, strict=True)))
