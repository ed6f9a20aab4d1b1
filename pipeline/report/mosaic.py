"""The picture of all claims: a mark for each, by document, kind of evidence and verdict.

It is a table of small drawings, so its text alternative is the table itself. Marks differ in form and in colour (blue,
vermilion, orange and purple of Okabe and Ito, which the colour-blind can tell apart).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline.judging.claims import Document
from pipeline.judging.evidence import EVIDENCE
from pipeline.judging.records import Record, counted
from pipeline.report.outcome import GROUP, GROUPS

ACROSS = 16  # marks in a row
STEP = 10  # from mark to mark, in units of the drawing
MARKS = {  # paths within a square of 8 x 8
    "holds": "h8v8h-8z",
    "fails": "m0 2 2-2 2 2 2-2 2 2-2 2 2 2-2 2-2-2-2 2-2-2 2-2z",
    "open": "m4 0 4 4-4 4-4-4z",
    "beside": "m0 5h8v3h-8z",
    "undone": "m3 3h2v2h-2z",
}
ORDER = [verdict for group in GROUPS for verdict in group.verdicts]


def mosaic(documents: Sequence[Document], records: Sequence[Record]) -> list[dict[str, Any]]:
    """Lay out a row for each kind of evidence, with a cell for each document."""
    mine = counted(records)
    rows = []
    for evidence, meaning in EVIDENCE.items():
        given = [record for record in mine if record["evidence"] == evidence]
        if given:
            cells = [_cell(one.document, [r for r in given if r["document"] == one.document]) for one in documents]
            rows.append({"evidence": evidence, "meaning": meaning, "total": len(given), "cells": cells})
    return rows


def _cell(document: str, records: Sequence[Record]) -> dict[str, Any]:
    counts = Counter(record["verdict"] for record in records)
    verdicts = [name for name in ORDER if counts[name]]
    paths, place = [], 0
    for name in verdicts:
        places = range(place, place + counts[name])
        paths.append({"verdict": name, "count": counts[name], "group": GROUP[name].name, "path": _path(name, places)})
        place += counts[name]
    return {
        "document": document,
        "total": len(records),
        "height": STEP * -(-len(records) // ACROSS),
        "paths": paths,
        "text": ", ".join(f"{counts[name]} {name}" for name in verdicts) or "no claims",
    }


def _path(verdict: str, places: range) -> str:
    mark = MARKS[GROUP[verdict].name]
    return "".join(f"M{STEP * (place % ACROSS)} {STEP * (place // ACROSS)}{mark}" for place in places)
