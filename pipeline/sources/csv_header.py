"""What can be wrong with the first line of a csv that a person or a spreadsheet saved again."""

from collections.abc import Iterable, Sequence

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}  # instead of commas


def bare(name: str) -> str:
    """Strip the spaces and quotes around a column's name."""
    return name.strip().strip("'\"").strip()


def other_separator(line: str, needed: Iterable[str]) -> str | None:
    """Say that a line separates the needed names with another mark than a comma, or None."""
    for mark, word in SEPARATORS.items():
        if set(needed) <= {bare(name) for name in line.split(mark)}:
            return f"separates its columns with {word}; save it with commas"
    return None


def doubled(names: Sequence[str]) -> str | None:
    """Say that a column is named more than once, or None; columns without a name do not count."""
    double = sorted({name for name in names if name and names.count(name) > 1})
    return f"has the column {', '.join(double)} more than once; remove one of them" if double else None
