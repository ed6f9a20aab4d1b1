"""What `make publish` writes beside the page: the picture of all claims, the part of a README, and the provenance."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import escape

from pipeline.judging.claims import Document
from pipeline.judging.records import Record
from pipeline.report.account import Account, span
from pipeline.report.fuller import Size
from pipeline.report.mosaic import MARKS, mosaic
from pipeline.report.outcome import GROUPS, outcomes
from pipeline.report.page import environment
from pipeline.report.surprises import surprises

LIGHT = {"holds": "#0072b2", "fails": "#d55e00", "open": "#b87a00", "beside": "#b0568b", "undone": "#7a828b"}
DARK = {"holds": "#56b4e9", "fails": "#f0803c", "open": "#e6b422", "beside": "#dc8fbc", "undone": "#8b949e"}
_LEFT, _COLUMN, _SCALE, _TOP, _GAP = 190, 134, 0.75, 92, 14  # pixels, but for the scale of a mark


_RECORDING = re.compile(r'<audio [^>]*aria-label="The clip [^"]*"[^>]*></audio>')
_LEFT_OUT = '<span class="soft">(the recording is not in this repository, since it has another licence)</span>'


def without_recordings(page: str) -> str:
    """Take the recordings that networks heard out of a page; what they played stays."""
    return _RECORDING.sub(_LEFT_OUT, page)


def answer(
    language: str, account: Account, records: Sequence[Record], files: Mapping[str, Path], folder: Path, name: str
) -> str:
    """Write the part of a README between its marks. `files`: the claims of each document; `name`: of the picture."""
    return (
        plain()
        .get_template(f"readme.{language}.md.j2")
        .render(
            runs=account.runs,
            days=list(dict.fromkeys(one[:10] for one in (account.first, account.last) if one)),
            begun=span(account.first[:10], account.last[:10]),
            folder=folder,
            picture=name,
            files=files,
            groups=GROUPS,
            outcomes=outcomes(account.documents, records),
            findings=[{**one, "log": of_log(one)} for one in surprises(records)],
        )
        .strip()
    )


def plain() -> Environment:
    """Build the Jinja environment for Markdown."""
    made = environment().overlay(autoescape=False)
    made.filters["short"] = short
    made.filters["cell"] = cell
    return made


def of_log(record: Record) -> str:
    """Name the log of a figure, which says nothing without."""
    return f"{record['experiment']}: " if record["kind"] == "log" else ""


def cell(text: str) -> str:
    """Put a text on one line of a table."""
    return " ".join(text.replace("|", "\\|").split())


def short(text: str, most: int = 160) -> str:
    """Cut a text at a word, for a cell of a table."""
    whole = cell(text)
    return whole if len(whole) <= most else f"{whole[:most].rsplit(' ', 1)[0]} …"


def picture(documents: Sequence[Document], records: Sequence[Record]) -> str:
    """Draw all claims as one SVG, in light and dark: what the first screen of the page shows as a table."""
    parts, height = [_legend(), _text(12, _TOP - 12, "document")], _TOP
    for place, document in enumerate(documents):
        parts.append(_text(_LEFT + place * _COLUMN, _TOP - 12, document.document, "head"))
    for row in mosaic(documents, records):
        parts.append(_text(12, height + 9, f"{row['evidence']} ({row['total']})", "head"))
        for place, cell in enumerate(row["cells"]):
            parts.append(_cell(_LEFT + place * _COLUMN, height, cell))
        tallest = max(cell["height"] for cell in row["cells"])
        height += round(max(_SCALE * tallest, 12)) + _GAP
        parts.append(f'<path class="line" d="M12 {height - _GAP // 2}h{_LEFT + 5 * _COLUMN - 24}"/>')
    width = _LEFT + len(documents) * _COLUMN + 8
    title = _text(12, 28, "All claims: a mark for each, by document and kind of evidence", "title")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>All claims by document, kind of evidence and verdict</title><style>{_style()}</style>'
        f'<rect class="back" width="{width}" height="{height}"/>{title}{"".join(parts)}</svg>\n'
    )


def _style() -> str:
    def colours(ink: str, back: str, line: str, marks: Mapping[str, str]) -> str:
        rules = "".join(f".{name}{{fill:{colour}}}" for name, colour in marks.items())
        return f"text{{fill:{ink}}}.back{{fill:{back}}}.line{{stroke:{line}}}{rules}"

    light, dark = colours("#1f2328", "#fff", "#d0d7de", LIGHT), colours("#e6edf3", "#0d1117", "#3d444d", DARK)
    fonts = "text{font:13px system-ui,sans-serif}.title{font-size:17px;font-weight:600}.head{font-weight:600}"
    return f"{fonts}{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'


def _cell(x: int, y: int, cell: Mapping[str, Any]) -> str:
    marks = "".join(f'<path class="{path["group"]}" d="{path["path"]}"/>' for path in cell["paths"])
    return f'<g transform="translate({x} {y}) scale({_SCALE})">{marks}</g>' if marks else ""


def _legend() -> str:
    parts, x = [], 12
    for group in GROUPS:
        mark = f'<path class="{group.name}" d="M0 0{MARKS[group.name]}"/>'
        parts.append(f'<g transform="translate({x} 46)">{mark}</g>{_text(x + 14, 54, group.meaning)}')
        x += 32 + round(6.6 * len(group.meaning))
    return "".join(parts)


def provenance(account: Account, size: Size, digests: Mapping[str, str], left_out: Mapping[str, str]) -> str:
    """Describe where a published result comes from, as Markdown; both mappings are of files and their sha256."""
    template = plain().get_template("provenance.md.j2")
    return template.render(account=account, size=size, digests=digests, left_out=left_out).strip() + "\n"
