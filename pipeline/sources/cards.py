"""card.json of a folder in data/raw: what the data are and where they come from, or why there are none."""

from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import MADE_AGAIN
from pipeline.sources.plain_files import load_json


def read_card(folder: Path, needed: str = "sha256") -> dict[str, Any]:
    """Read the card of a folder. Raises UserError if it says that there is no data, or lacks the key `needed`."""
    path = folder / "card.json"
    card = _load(path)
    if needed not in present(card, path):
        raise UserError(f"{path} is incomplete: it has no {needed};\n{MADE_AGAIN}")
    return card


def _load(path: Path) -> dict[str, Any]:
    card = load_json(path, MADE_AGAIN)
    if not isinstance(card, dict) or "data" not in card:
        raise UserError(f"{path} is not a card of data;\n{MADE_AGAIN}")
    return card


def present(card: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the card, or a part of one, if it describes data; otherwise raise UserError with its reason."""
    if card.get("data") is None:
        raise UserError(f"{path}: there is no data: {card.get('why', 'it does not say why')}")
    return card


def fetched(folder: Path) -> bool:
    """Check whether the originals of a folder have been fetched."""
    path = folder / "card.json"
    return path.exists() and _load(path)["data"] is not None
