"""The figures: one JSON line each as they are found, and a table of all at the end. Also the time that is left."""

import json
import time
from typing import Any

from pipeline.base.console import say

Figure = dict[str, Any]


class Report:
    """Prints and keeps figures, and knows when to stop."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.figures: list[Figure] = []
        self.section = ""

    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self._end - time.monotonic()

    def add(self, **figure: Any) -> None:
        """Print a figure of the present section as one line of JSON."""
        self.figures.append({"section": self.section, **figure})
        say(json.dumps(self.figures[-1]))

    def out_of_time(self, least: float = 0.0) -> bool:
        """Check whether less than `least` seconds are left, and if so say that the section stops."""
        if self.left() > least:
            return False
        self.add(stopped="the time budget is used up")
        return True


def error(problem: Exception) -> str:
    """Format what went wrong with one figure; the others go on."""
    return f"{type(problem).__name__}: {str(problem)[:300]}"


def _ways(rows: list[Figure]) -> list[str]:
    return list(dict.fromkeys(row["way"] for row in rows))


def table(figures: list[Figure]) -> str:
    """Lay out the times of an update: a row for each work and way, a column for each size of a stack; "" of none."""
    rows = [figure for figure in figures if "ms" in figure]
    if not rows:
        return ""
    sizes = sorted({row["stack"] for row in rows})
    found = {(row["work"], row["way"], row["stack"]): row["ms"] for row in rows}
    lines = [["ms an update of all, stacked", "way", *map(str, sizes)], ["---"] * (2 + len(sizes))]
    for work in dict.fromkeys(row["work"] for row in rows):
        for way in _ways([row for row in rows if row["work"] == work]):
            cells = [found.get((work, way, size)) for size in sizes]
            lines.append([work, way, *("" if ms is None else f"{ms:.3g}" for ms in cells)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
