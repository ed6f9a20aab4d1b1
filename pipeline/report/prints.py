"""Long prints folded to their difference: nobody compares two lists of 200 numbers by eye."""

from collections import defaultdict
from typing import Any

from pipeline.base.console import plural

LONG = 12  # words: shorter prints are shown as they are
_NAMED = 6  # differences that are named


def folded(claimed: Any, measured: Any) -> defaultdict[str, str]:
    """Sum up two long prints in two short texts, `claimed` and `measured`; both are empty where prints are short."""
    texts: defaultdict[str, str] = defaultdict(str)
    words = claimed.split() if isinstance(claimed, str) else []
    if len(words) >= LONG:
        texts["claimed"] = plural(len(words), "word")
    if len(words) >= LONG and isinstance(measured, str):
        texts["measured"] = difference(words, measured.split())
    return texts


def difference(claimed: list[str], measured: list[str]) -> str:
    """Say where two lists differ: `the same 54` or `6 of 54 differ: 8 (e8, claimed d8), …`."""
    if claimed == measured:
        return f"the same {len(claimed)}"
    if len(claimed) != len(measured):
        return f"{len(measured)} instead of {len(claimed)}"
    places = [place for place, (one, other) in enumerate(zip(claimed, measured, strict=True)) if one != other]
    named = [f"{place + 1} ({measured[place]}, claimed {claimed[place]})" for place in places[:_NAMED]]
    return f"{len(places)} of {len(claimed)} differ: {', '.join(named)}{', …' if len(places) > _NAMED else ''}"
