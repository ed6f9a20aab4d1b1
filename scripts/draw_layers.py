"""Draw docs/layers.svg from the import statements: the packages in their layers, and who imports whom.

`python scripts/draw_layers.py [OUT]`. A package lies one layer above the highest one that it imports. The arrows on the
left leave out imports that follow from a chain of others; the table on the right has all of them. Needs only Python,
and the same code gives the same bytes.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("pipeline", "flows", "benchmarks")
Imports = Mapping[str, frozenset[str]]  # the packages that each package imports

BOX, BESIDE, MARGIN = 150, 24, 46  # widths: of a box, between boxes, at the left for arrows that skip layers
ROW, GAP, CELL = 26, 22, 20  # height of a package, height between layers, width of a column of the table
TOP, LABELS = 104, 92  # height above the first layer, width of the row labels
STYLE = """
  .paper { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif }
  .box { fill: #eaf1fb; stroke: #3b6aa8 } .arrow { fill: none; stroke: #3b6aa8; stroke-width: 1.5 }
  .head, .dot { fill: #3b6aa8 } .grid { stroke: #d8dee4 } .self { fill: none; stroke: #8c959f }
  .small { font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } text { fill: #e6edf3 } .box { fill: #17263b; stroke: #79a8e6 } .arrow { stroke: #79a8e6 }
    .head, .dot { fill: #79a8e6 } .grid { stroke: #30363d } .self { stroke: #6e7681 }
  }
"""


class Place(NamedTuple):
    """The position of a package: its box, and the middle of its row in the table."""

    left: int
    top: int
    height: int
    row: int

    @property
    def middle(self) -> int:
        """The horizontal middle of the box."""
        return self.left + BOX // 2


def package_of(module: str) -> str | None:
    """Find the package of a module: `pipeline/X`, `pipeline/x.py`, or `flows`; None if it is not in this project."""
    top, _, rest = module.partition(".")
    if top not in TOPS:
        return None
    return (rest.partition(".")[0] or None) if top == "pipeline" else top


def imported(path: Path) -> Iterator[str]:
    """Yield the modules, and names in modules, that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(root: Path) -> Imports:
    """Find which of the other packages each package imports."""
    found: dict[str, set[str]] = {}
    for path in sorted(path for top in TOPS for path in (root / top).rglob("*.py")):
        package = package_of(".".join(path.relative_to(root).with_suffix("").parts))
        if package and package != "__init__":
            others = {package_of(module) for module in imported(path)} - {package, None}
            found.setdefault(package, set()).update(other for other in others if other)
    return {package: frozenset(others & found.keys()) for package, others in found.items()}


def layers_of(imports: Imports) -> list[list[str]]:
    """Group the packages by layer, the lowest first. Raises CycleError if packages import each other."""
    depth: dict[str, int] = {}
    for package in TopologicalSorter(imports).static_order():
        depth[package] = max((depth[other] + 1 for other in imports[package]), default=0)
    return [sorted(name for name in depth if depth[name] == layer) for layer in range(max(depth.values()) + 1)]


def needed(imports: Imports) -> list[tuple[str, str]]:
    """List the imports that do not follow from a chain of others (the transitive reduction)."""
    reached: dict[str, set[str]] = {}  # everything that a package imports, directly or not
    arrows: list[tuple[str, str]] = []
    for package in TopologicalSorter(imports).static_order():
        further = set().union(*(reached[other] for other in imports[package]))
        reached[package] = further | imports[package]
        arrows += [(package, other) for other in imports[package] - further]
    return arrows


def places_of(layers: list[list[str]]) -> dict[str, Place]:
    """Compute the position of every package, the highest layer on top."""
    width = max(map(len, layers)) * (BOX + BESIDE) - BESIDE
    found: dict[str, Place] = {}
    top = TOP
    for layer in reversed(layers):
        height = len(layer) * ROW
        left = MARGIN + (width - len(layer) * (BOX + BESIDE) + BESIDE) // 2
        for place, name in enumerate(layer):
            found[name] = Place(left + place * (BOX + BESIDE), top, height, top + place * ROW + ROW // 2)
        top += height + GAP
    return found


def arrow(start: Place, end: Place, lane: int) -> str:
    """Draw an arrow from one box to another: straight down to the next layer, else along a lane on the left."""
    tip = end.top - 6
    if end.top - start.top - start.height <= GAP:
        foot = start.top + start.height
        path = f"M{start.middle} {foot}C{start.middle} {foot + 12} {end.middle} {tip - 12} {end.middle} {tip}"
    else:
        across, bend = end.top - GAP // 2, start.top + start.height // 2
        path = f"M{start.left} {bend}H{lane}V{across}H{end.middle}V{tip}"
    head = f"M{end.middle - 4} {tip}h8l-4 6z"
    return f'<path class="arrow" d="{path}"/><path class="head" d="{head}"/>'


def label(package: str, root: Path) -> str:
    """Return the name of a package, or the file name of a single module."""
    return f"{package}.py" if (root / "pipeline" / f"{package}.py").exists() else package


def boxes(places: Mapping[str, Place], imports: Imports, root: Path) -> Iterator[str]:
    """Yield the left side: the boxes in their layers and the arrows between them."""
    lanes = 0
    for package, other in sorted(needed(imports), key=lambda pair: (places[pair[1]].top, pair)):  # the nearest first
        far = places[other].top - places[package].top - places[package].height > GAP
        lanes += far
        yield arrow(places[package], places[other], MARGIN - 6 - 10 * lanes)
    for name, place in places.items():
        yield f'<rect class="box" x="{place.left}" y="{place.top}" width="{BOX}" height="{place.height}" rx="5"/>'
        text = f'<text text-anchor="middle" x="{place.middle}" y="{place.top + place.height // 2 + 4}">'
        yield f"{text}{label(name, root)}</text>"


def table(places: Mapping[str, Place], imports: Imports, left: int, root: Path) -> Iterator[str]:
    """Yield the right side: a row and a column for each package, a dot where the row imports the column."""
    column = {name: left + LABELS + 12 + place * CELL for place, name in enumerate(places)}
    right, bottom = max(column.values()) + CELL // 2, max(place.row for place in places.values()) + ROW // 2
    for name, place in places.items():
        x = column[name]
        yield f'<path class="grid" d="M{left + LABELS + 4} {place.row}H{right}M{x} {TOP - 8}V{bottom}"/>'
        text = f"{label(name, root)}</text>"
        yield f'<text class="small" text-anchor="end" x="{left + LABELS}" y="{place.row + 4}">{text}'
        yield f'<text class="small" transform="translate({x + 4} {TOP - 14})rotate(-90)">{text}'
    for name, place in places.items():
        yield f'<rect class="self" x="{column[name] - 4}" y="{place.row - 4}" width="8" height="8"/>'
        for other in sorted(imports[name], key=list(places).index):
            yield f'<circle class="dot" cx="{column[other]}" cy="{place.row}" r="4.5"/>'


def draw(root: Path = ROOT) -> str:
    """Draw the picture as SVG text. Raises CycleError if packages import each other."""
    imports = imports_of(root)
    layers = layers_of(imports)
    places = places_of(layers)
    left = MARGIN + max(map(len, layers)) * (BOX + BESIDE)
    width = left + LABELS + 12 + len(places) * CELL + 8
    height = max(place.top + place.height for place in places.values()) + 20
    said = "; ".join(" and ".join(label(name, root) for name in layer) for layer in layers)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        f"<title>The layers, the lowest first: {said}.</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text x="{MARGIN}" y="34">An arrow says: imports. Arrows that</text>',
        f'<text x="{MARGIN}" y="52">follow from a chain of others are left</text>',
        f'<text x="{MARGIN}" y="70">out here; the table has them all.</text>',
        *boxes(places, imports, root),
        *table(places, imports, left, root),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the picture to OUT, or to docs/layers.svg."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/layers.svg"
    try:
        out.write_text(draw(), encoding="utf-8")
    except CycleError as error:
        sys.exit(f"draw_layers: these packages import each other: {', '.join(error.args[1])}")


if __name__ == "__main__":
    main()
