"""The stage originals: the real data of a family, from Keras or from a mirror, verified, to data/raw/FAMILY.

`python -m pipeline.stages.originals FAMILY` (reviews, newswire, climate or digits) fetches them where run.originals
asks for them, or takes them from the folder that REPRISE_MIRROR names. Where it does not, the folder holds a card that
says why; scikit-learn's digits need no network and are always there. What was fetched stays in data/downloads.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.console import UserError, command, say
from pipeline.base.files import whole_directory, write_json
from pipeline.sources import mirror
from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.images.originals import collect_digits
from pipeline.sources.texts.originals import collect_newswire, collect_reviews

if TYPE_CHECKING:
    from pipeline.params import Params

RAW = Path("data/raw")
DOWNLOADS = Path("data/downloads")
Collect = Callable[[Path, Path | None, Path], dict[str, Any]]
FAMILIES: dict[str, Collect] = {"reviews": collect_reviews, "newswire": collect_newswire, "climate": collect_climate}


def originals(
    family: str, params: "Params", folder: Path | None = None, raw: Path = RAW, downloads: Path = DOWNLOADS
) -> dict[str, Any]:
    """Fill the directory of a family, whole or not at all, and return its card; `folder` is a mirror.

    Raises UserError.
    """
    why = absent(family, params)
    with whole_directory(raw / family) as beside:
        if family == "digits":
            return collect_digits(beside, why, folder, downloads)
        if why is None:
            return FAMILIES[family](beside, folder, downloads)
        card = {"family": family, "data": None, "why": why}
        write_json(beside / "card.json", card)
        return card


def absent(family: str, params: "Params") -> str | None:
    """Return why the originals of a family are not fetched, None if they are."""
    if params.run.wants(family):
        return None
    state = "names other families" if params.run.originals else "is false"
    return f"run.originals {state}; ORIGINALS=1 fetches it"


def summary(card: dict[str, Any]) -> str:
    """Return the card in one line."""
    sets = card.get("sets", {card["family"]: card})
    return f"originals: {'; '.join(f'{name}: {_told(one)}' for name, one in sets.items())}"


def _told(card: dict[str, Any]) -> str:
    if card["data"] is None:
        return f"nothing fetched, for {card['why']}"
    source = {"keras": " from Keras", "mirror": " from the mirror"}.get(card["source"], "")
    if "counts" in card:
        counts = ", ".join(f"{count:,} {name}" for name, count in card["counts"].items())
        return f"{card['data']}{source}: {counts}"
    other = "" if card["kind"] == "document" else ", not the document's 2009-2016,"
    dropped = f"; columns left out: {', '.join(card['dropped'])}" if card["dropped"] else ""
    rows = f"{card['rows']:,} rows, {sum(card['missing'].values())} values missing"
    return f"{card['data']}{other}{source} ({card['file']}): {rows}{dropped}"


@command("originals")
def main() -> None:
    """Run the stage for the family that the command line names, on params.yaml and the environment."""
    from pipeline.params import load

    known = [*FAMILIES, "digits"]
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        raise UserError(f"expected one family of {', '.join(known)}, found {' '.join(sys.argv[1:]) or 'none'}")
    say(summary(originals(sys.argv[1], load(), mirror.folder())))


if __name__ == "__main__":
    main()
