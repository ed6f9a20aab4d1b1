"""card.json of a folder in data/raw: what the data are and where they come from, or why there are none."""

from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.sources.flat_arrays import MADE_AGAIN


def read_card(folder: Path, needed: str = "sha256") -> dict[str, Any]:
    """Read the card of a folder. Raises UserError if it says that there is no data, or lacks the key `needed`."""
    path = folder / "card.json"
    try:
        card = read_json(path)
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error});\n{MADE_AGAIN}") from None
    if not isinstance(card, dict) or "data" not in card:
        raise UserError(f"{path} is not a card of data;\n{MADE_AGAIN}")
    if needed not in present(card, path):
        raise UserError(f"{path} is not whole, it has no {needed};\n{MADE_AGAIN}")
    return card


def present(card: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the card, or a part of one, if it describes data; otherwise raise UserError with its reason."""
    if card["data"] is None:
        raise UserError(f"{path}: the data are not there, for {card['why']}")
    return card


def fetched(folder: Path) -> bool:
    """Check whether the originals of a folder have been fetched."""
    card = folder / "card.json"
    return card.exists() and read_json(card)["data"] is not None
