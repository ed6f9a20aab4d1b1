"""What came out of a document, in one word and one sentence, by a rule that the page prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.base.console import plural
from pipeline.judging.claims import Document
from pipeline.judging.records import Record, counted


@dataclass(frozen=True)
class Group:
    """Verdicts that say the same of a claim. `mark`: stands beside their colour, for those who cannot tell it."""

    name: str
    mark: str
    meaning: str
    verdicts: tuple[str, ...]


GROUPS = (
    Group("holds", "✓", "the claim holds", ("reproduced", "consistent", "better")),
    Group(
        "fails",
        "✗",
        "it does not",
        ("refuted", "not reproduced", "no difference", "contradicts itself", "not supported by its own figures"),
    ),
    Group("open", "?", "it stays open", ("cannot tell", "ambiguous")),
    Group("beside", "≈", "shown beside the claim, not judged", ("other data", "shown only")),
    Group("undone", "–", "not run, or too few seeds", ("not attempted", "failed")),
)
GROUP = {verdict: group for group in GROUPS for verdict in group.verdicts}
ON_PAPER = ("structure", "consistency")  # kinds of evidence that no training decides

RULE = (
    "A document `holds` if every claim that was decided here holds, `does not hold` if none does, and else `holds in "
    "part`. That takes at least one claim decided by runs: sizes, shapes and the document's agreement with itself are "
    "counted, but are not enough. Without one it is `not decided here`, or `not run here` where no run says anything "
    "about it. `So far` is added while fewer than half of its claims are decided. A claim that repeats one of another "
    "document is counted there."
)


def by_runs(record: Record) -> bool:
    """Tell whether runs decide a claim, and not the document's own words or the layers of its network."""
    return bool(record["runs"]) and record["evidence"] not in ON_PAPER


def in_group(records: Sequence[Record], name: str) -> list[Record]:
    """Select the claims whose verdict is in a group."""
    return [record for record in records if GROUP[record["verdict"]].name == name]


def word(records: Sequence[Record]) -> str:
    """Sum up the claims of a document in a word, by `RULE`."""
    mine = counted(records)
    held, failed = in_group(mine, "holds"), in_group(mine, "fails")
    if not any(by_runs(record) for record in held + failed):
        ran = any(by_runs(record) for record in in_group(mine, "open") + in_group(mine, "beside"))
        return "not decided here" if ran else "not run here"
    found = "holds" if not failed else "holds in part" if held else "does not hold"
    return found if 2 * len(held + failed) >= len(mine) else f"{found}, so far"


def sentence(records: Sequence[Record]) -> str:
    """Say what the word rests on: how much was decided by runs and on paper, and what was not."""
    mine = counted(records)
    decided = in_group(mine, "holds") + in_group(mine, "fails")
    paper = [record for record in decided if not by_runs(record)]
    parts = [
        _share("decided by runs", [record for record in decided if by_runs(record)]),
        _share("decided on paper", paper),
        _left(mine),
    ]
    return " ".join(part for part in parts if part)


def _share(how: str, decided: Sequence[Record]) -> str:
    held = len(in_group(decided, "holds"))
    return f"Of {plural(len(decided), 'claim')} {how}, {held} {'holds' if held == 1 else 'hold'}." if decided else ""


def _left(records: Sequence[Record]) -> str:
    words = {"open": "open", "beside": "only shown beside ours", "undone": "not run or by too few seeds"}
    left = [(len(in_group(records, name)), what) for name, what in words.items()]
    said = [f"{count} {what}" for count, what in left if count]
    return f"The others: {', '.join(said)}." if said else ""


def outcomes(documents: Sequence[Document], records: Sequence[Record]) -> list[dict[str, Any]]:
    """Sum up each document for the first screen."""
    found = []
    for document in documents:
        mine = [record for record in records if record["document"] == document.document]
        repeated = len(mine) - len(counted(mine))
        copies = f" {plural(repeated, 'more claim')} of it {'repeats' if repeated == 1 else 'repeat'} another document."
        found.append(
            {
                "number": document.document,
                "title": document.title,
                "title_en": document.title_en,
                "word": word(mine),
                "sentence": sentence(mine) + (copies if repeated else ""),
            }
        )
    return found
