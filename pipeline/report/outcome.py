"""What came out of a document, in one word and one sentence, by a rule that the page prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.base.console import plural
from pipeline.judging.claims import Document
from pipeline.judging.records import Record, counted
from pipeline.judging.verdicts import ON_ITSELF
from pipeline.report import korean


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
_WAYS = {"runs": "by runs", "paper": "on paper"}
_LEFT = {"open": "open", "beside": "only shown beside ours", "undone": "not run or by too few seeds"}
ON_PAPER = ("structure", "consistency")  # kinds of evidence that no training decides

RULE = (
    "A document `holds` if every claim that was decided here holds, `does not hold` if none does, and else `holds in "
    "part`. That takes at least one claim decided by runs: sizes, shapes and the document's agreement with itself are "
    "counted, but are not enough. Without one it is `not decided here`, or `not run here` where runs could say "
    "something and none does. Fewer than five seeds decide nothing, but for structure and prints that are equal or "
    "not: no training decides them, or the document's own seed does, so they take one run. "
    "`So far` is added while fewer than half of its claims are decided. A claim that repeats "
    "one of another document is counted there."
)


def by_runs(record: Record) -> bool:
    """Tell whether runs decide a claim, and not the document's own words or figures, or the layers of its network."""
    return bool(record["runs"]) and record["evidence"] not in ON_PAPER and record["verdict"] not in ON_ITSELF


def in_group(records: Sequence[Record], name: str) -> list[Record]:
    """Select the claims whose verdict is in a group."""
    return [record for record in records if GROUP[record["verdict"]].name == name]


def word(records: Sequence[Record]) -> str:
    """Sum up the claims of a document in a word, by `RULE`."""
    mine = counted(records)
    held, failed = in_group(mine, "holds"), in_group(mine, "fails")
    if not any(by_runs(record) for record in held + failed):
        ran = any(by_runs(record) for record in in_group(mine, "open") + in_group(mine, "beside"))
        could = any(record["kind"] != "open" for record in in_group(mine, "undone"))
        return "not run here" if could and not ran else "not decided here"
    found = "holds" if not failed else "holds in part" if held else "does not hold"
    return found if 2 * len(held + failed) >= len(mine) else f"{found}, so far"


def counts_of(records: Sequence[Record]) -> dict[str, int]:
    """Count the claims of a document by what decided them, those that hold, and those that nothing decided."""
    mine = counted(records)
    decided = in_group(mine, "holds") + in_group(mine, "fails")
    ways = {
        "runs": [record for record in decided if by_runs(record)],
        "paper": [record for record in decided if not by_runs(record)],
    }
    return {
        **{name: len(found) for name, found in ways.items()},
        **{f"{name} held": len(in_group(found, "holds")) for name, found in ways.items()},
        **{name: len(in_group(mine, name)) for name in ("holds", "fails", "open", "beside", "undone")},
        "repeated": len(records) - len(mine),
    }


def sentence(counts: Mapping[str, int]) -> str:
    """Say what the word rests on: how much was decided by runs and on paper, and what was not."""
    parts = [_share(f"decided {how}", counts[name], counts[f"{name} held"]) for name, how in _WAYS.items()]
    left = [f"{counts[name]} {what}" for name, what in _LEFT.items() if counts[name]]
    said = [*parts, f"The others: {', '.join(left)}." if left else "", _copies(counts["repeated"])]
    return " ".join(part for part in said if part)


def _share(how: str, decided: int, held: int) -> str:
    return f"Of {plural(decided, 'claim')} {how}, {held} {'holds' if held == 1 else 'hold'}." if decided else ""


def _copies(count: int) -> str:
    verb = "repeats" if count == 1 else "repeat"
    return f"{plural(count, 'more claim')} of it {verb} another document." if count else ""


def outcomes(documents: Sequence[Document], records: Sequence[Record]) -> list[dict[str, Any]]:
    """Sum up each document for the first screen."""
    found = []
    for document in documents:
        mine = [record for record in records if record["document"] == document.document]
        counts = counts_of(mine)
        found.append(
            {
                "number": document.document,
                "title": document.title,
                "title_en": document.title_en,
                "word": word(mine),
                "sentence": sentence(counts),
                "sentence_ko": korean.sentence(counts),
                "counts": counts,
            }
        )
    return found
