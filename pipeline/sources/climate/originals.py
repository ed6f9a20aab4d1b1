"""The csv of the Jena weather station, from its archive or from a mirror, to data/raw/climate."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import UserError
from pipeline.base.files import digest, whole_file, write_json
from pipeline.sources import keras_loaders
from pipeline.sources.climate.station_csv import COLUMNS, Table, header, lacking, parse
from pipeline.sources.fetch import ELSE
from pipeline.sources.mirror_files import REMEDY, mirror_folder

NAME = "jena_climate_2009_2016.csv"
MISSING = -9999.0  # what the station writes for a missing value
LICENCE = "Max Planck Institute for Biogeochemistry, Jena; cite it"


@dataclass(frozen=True)
class Known:
    """The document's file: its rows, its first and last date, the means and standard deviations of its columns."""

    rows: int
    first: str
    last: str
    means: tuple[float, ...]
    deviations: tuple[float, ...]


# No checksum of the file or its archive is published. These figures are pandas' describe() of it, the same on several
# public pages that use it: with 420,551 rows, a change of 0.5 in one field changes the last digit of a mean.
DOCUMENT = Known(
    rows=420551,
    first="2009-01-01 00:10:00",
    last="2017-01-01 00:00:00",
    means=(
        *(989.212776, 9.450147, 283.492743, 4.955854, 76.008259, 13.576251, 9.533756),
        *(4.042412, 6.022408, 9.640223, 1216.062748, 1.702224, 3.056555, 174.743738),
    ),
    deviations=(
        *(8.358481, 8.423365, 8.504471, 6.730674, 16.476175, 7.739020, 4.184164),
        *(4.896851, 2.656139, 4.235395, 39.975208, 65.446714, 69.016932, 86.681693),
    ),
)


def collect_climate(
    out: Path, mirror: Path | None, downloads: Path, known: Known = DOCUMENT, url: str = keras_loaders.CLIMATE
) -> dict[str, Any]:
    """Fill `out` with table.csv and card.json and return the card. Raises UserError."""
    path = choose(mirror) if mirror else keras_loaders.climate_archive(downloads, url)
    table = parse(path.read_bytes() if mirror else unpacked(path), str(path))
    document = is_document(table, known, str(path), REMEDY if mirror else ELSE)
    if not (mirror or document):
        raise _not_the_archive(path, f"it has {len(table.values)} rows, expected {known.rows}")
    with whole_file(out / "table.csv") as beside:
        table.text.to_csv(beside, index=False, lineterminator="\n", encoding="utf-8")
    card = describe(table, document, path, "mirror" if mirror else "keras")
    card["sha256"] = digest(out / "table.csv")
    write_json(out / "card.json", card)
    return card


def choose(mirror: Path) -> Path:
    """Choose the csv from the folder jena: the document's, else the first by name with all columns."""
    folder = mirror_folder(mirror, "jena")
    if (folder / NAME).is_file():
        return folder / NAME
    missing = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open("rb") as stream:
            missing[path] = lacking(header(stream.readline(), str(path)))
        if not missing[path]:
            return path
    lack = "; ".join(f"{path.name} has no column {', '.join(names)}" for path, names in missing.items())
    raise UserError(f"{folder}: no csv with the 14 columns of {NAME} ({lack or 'no csv at all'});\n{REMEDY}")


def unpacked(archive: Path) -> bytes:
    """Read the csv from the archive. If it is damaged, remove the archive and raise UserError."""
    try:
        with zipfile.ZipFile(archive) as packed:
            return packed.read(NAME)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise _not_the_archive(archive, str(error)) from None


def _not_the_archive(archive: Path, why: str) -> UserError:
    archive.unlink()  # Keras would use it again
    return UserError(f"{archive} is not the archive of {NAME} ({why}); it was removed.\nTry again, {ELSE}")


def is_document(table: Table, known: Known, where: str, remedy: str) -> bool:
    """Check whether it is the document's file. Raises UserError if it has its rows and dates but other values."""
    first, last = str(table.dates.iloc[0]), str(table.dates.iloc[-1])
    if (len(table.values), first, last) != (known.rows, known.first, known.last):
        return False
    found = np.array([table.values.mean(axis=0), table.values.std(axis=0, ddof=1)])
    wrong = np.argwhere(np.abs(found - [known.means, known.deviations]) > 6e-7)  # half of the last digit
    if len(wrong):
        of, column = wrong[0]
        what, expected = ("mean", known.means) if of == 0 else ("standard deviation", known.deviations)
        text = f"the {what} of {COLUMNS[column]} is {found[of, column]:.6f}, expected {expected[column]:.6f}"
        raise UserError(f"{where} has the dates of {NAME} and other values: {text};\n{remedy}")
    return True


def describe(table: Table, document: bool, path: Path, source: str) -> dict[str, Any]:
    """Build the card of a table."""
    first, last = table.dates.iloc[0], table.dates.iloc[-1]
    return {
        "family": "climate",
        "data": "Jena climate 2009-2016" if document else f"Jena climate {first.date()} to {last.date()}",
        "kind": "document" if document else "other",
        "source": source,
        "file": path.name,
        "rows": len(table.values),
        "first": str(first),
        "last": str(last),
        "missing": dict(zip(COLUMNS, (table.values == MISSING).sum(axis=0).tolist(), strict=True)),
        "dropped": table.dropped,
        "licence": LICENCE,
    }
