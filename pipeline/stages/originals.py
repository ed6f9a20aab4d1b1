"""Stage `originals`: the real data of a family, from Keras or from a mirror, verified, to data/raw/FAMILY.

`python -m pipeline.stages.originals FAMILY` fetches them if run.originals asks for them, or takes them from the folder
that REPRISE_MIRROR names. If it does not, data/raw/FAMILY holds a card that says why; scikit-learn's digits need no
network and are always there. Downloads stay in data/downloads.
"""

import sys
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, plural, say
from pipeline.base.files import write_json
from pipeline.base.layout import DOWNLOADS, RAW
from pipeline.base.seal import sealed_directory
from pipeline.sources import mirror
from pipeline.sources.originals import ORIGINALS
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sections import load_run_options
from pipeline.stages.snapshot import stage


def originals(
    family: str, run: RunOptions, folder: Path | None = None, raw: Path = RAW, downloads: Path = DOWNLOADS
) -> dict[str, Any]:
    """Fill the directory of a family, whole or not at all, and return its card; `folder` is a mirror.

    Raises UserError.
    """
    found, absent = ORIGINALS[family], run.without(family)
    with sealed_directory(raw / family) as beside:
        if found.shipped:
            return found.collect(beside, folder, downloads, absent=absent)
        if absent is None:
            return found.collect(beside, folder, downloads)
        card = {"family": family, "data": None, "why": absent}
        write_json(beside / "card.json", card)
        return card


def summary(card: dict[str, Any]) -> str:
    """Summarise the card in one line."""
    sets = card.get("sets", {card["family"]: card})
    return f"originals: {'; '.join(f'{name}: {_told(one)}' for name, one in sets.items())}"


def _told(card: dict[str, Any]) -> str:
    if card["data"] is None:
        return f"not fetched, because {card['why']}"
    source = {"keras": " from Keras", "mirror": " from the mirror"}.get(card["source"], "")
    if "counts" in card:
        counts = ", ".join(f"{count:,} {name}" for name, count in card["counts"].items())
        return f"{card['data']}{source}: {counts}"
    other = "" if card["kind"] == "document" else ", not the document's 2009-2016,"
    dropped = f"; columns left out: {', '.join(card['dropped'])}" if card["dropped"] else ""
    rows = f"{card['rows']:,} rows, {plural(sum(card['missing'].values()), 'missing value')}"
    return f"{card['data']}{other}{source} ({card['file']}): {rows}{dropped}"


@stage("originals")
def main() -> None:
    """Run the stage for the family that the command line names, on params.yaml and the environment."""
    if len(sys.argv) != 2 or sys.argv[1] not in ORIGINALS:
        raise UserError(f"expected one family of {', '.join(ORIGINALS)}, found {' '.join(sys.argv[1:]) or 'none'}")
    say(summary(originals(sys.argv[1], load_run_options(), mirror.folder())))


if __name__ == "__main__":
    main()
