"""The calibration of the judge, formatted for the page and the terminal."""

from typing import Any

Entry = dict[str, Any]


def calibration(found: Entry) -> Entry | None:
    """Format the calibration of the judge; None where the runs were too few to plant claims in."""
    if not found or not found["figures"]["true"]["planted"]:
        return None
    figures, orderings = found["figures"], found["orderings"]
    return {
        "rows": [
            ("true figures called wrong", _percent(figures["true"])),
            ("the same, with seeds added by the stopping rule", _percent(figures["stopped"])),
            ("true figures called reproduced", _percent(figures["confirmed"])),
            ("true orderings called refuted", _percent(orderings["true"])),
            ("true orderings called reproduced", _percent(orderings["confirmed"])),
            ("orderings without any difference that got one", _percent(orderings["none"])),
        ],
        "sizes": [(_size(one), one["planted"], _percent(one), _share(one["passed"])) for one in figures["false"]],
        "kinds": [(one["how"], one["planted"], _percent(one), _share(one["passed"])) for one in figures["kinds"]],
    }


def _size(one: Entry) -> str:
    return f"over {one['from']:g} margins" if one["to"] is None else f"{one['from']:g} to {one['to']:g} margins"


def _percent(one: Entry) -> str:
    if one["share"] is None:
        return "–"
    return f"{one['share']:.1%} of {one['planted']:,} ({one['low']:.1%} to {one['high']:.1%})"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
