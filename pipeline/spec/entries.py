"""Entries of params.yaml that state only their differences: `from: other` inherits from the entry `other`.

Groups are merged key by key. Labels are never inherited: they name an entry and say when it runs.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.yaml_files import shown

Values = dict[str, Any]


def merged(parent: Mapping[str, Any], own: Mapping[str, Any]) -> Values:
    """Merge an entry's own values into those of its parent, without the parent's labels."""
    values = {key: value for key, value in parent.items() if key != "labels"}
    for key, value in own.items():
        inherited = values.get(key)
        both = isinstance(value, dict) and isinstance(inherited, dict)
        values[key] = merged(inherited, value) if both else value  # type: ignore[arg-type]
    return values


def resolve(entries: Any, where: str) -> dict[str, Values]:
    """Follow every `from` of the entries. Raises UserError."""

    def whole(name: str, seen: tuple[str, ...]) -> Values:
        entry = entries[name]
        if not isinstance(entry, dict):
            raise UserError(f"{where}.{name}: expected keys and values, found {shown(entry)}")
        parent = entry.get("from")
        if parent is None:
            return dict(entry)
        if not isinstance(parent, str) or parent not in entries or parent in (*seen, name):
            raise UserError(
                f"{where}.{name}.from: {shown(parent)} is not the name of another entry; known: {', '.join(entries)}"
            )
        own = {key: value for key, value in entry.items() if key != "from"}
        return merged(whole(parent, (*seen, name)), own)

    if not isinstance(entries, dict):
        raise UserError(f"{where}: expected entries, found {shown(entries)}")
    return {name: whole(name, ()) for name in entries}
