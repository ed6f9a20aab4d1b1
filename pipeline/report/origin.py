"""What was run and where it comes from, in plain words for the first screen; all dates are those of the runs."""

from collections.abc import Sequence

from pipeline.base.console import plural
from pipeline.judging.measures import Row
from pipeline.report.account import NOT_STATED, Account, data_sets

_KINDS = {
    "document": "",
    "sample": " They are synthetic, made to show that the whole way works, and never held against a claim. City "
    "sounds are synthetic unless `make reproduce ORIGINALS=1` fetches real ones.",
    "other": " They are not the document's data: its figures are `other data`, and a sentence that names none is read "
    "on them.",
}


def data_lines(rows: Sequence[Row]) -> list[str]:
    """Name every data set with the runs on it, and what kind of data it is."""
    return [
        f"{', '.join(filter(None, one.families))}: {plural(one.runs, 'run')} on {_name(one.name, one.kind)}."
        f"{_KINDS.get(one.kind, '')}"
        for one in data_sets(rows)
    ]


def _name(name: str, kind: str) -> str:
    return "the built-in sample" if kind == "sample" else name


def origin_of(account: Account) -> list[tuple[str, str]]:
    """List what a reader needs to cite a result or to repeat it."""
    return [
        ("runs", f"{account.runs}, begun {account.begun}"),
        ("version", f"{account.project.name} {account.project.version}"),
        ("commit", "; ".join(account.commits) or NOT_STATED),
        ("machine", account.machine),
        ("certificate", f"{account.id} (certificate.md, beside this page)"),
    ]
