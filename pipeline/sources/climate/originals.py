"""The csv of the Jena weather station, from its archive or from a mirror, to data/raw/climate."""

import zipfile
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, say
from pipeline.base.files import digest, whole_file, write_json
from pipeline.sources import keras_loaders
from pipeline.sources.climate.document import DOCUMENT, NAME, Known, dates_of, is_document
from pipeline.sources.climate.station_csv import COLUMNS, MISSING, Table, header_fault, parse
from pipeline.sources.climate.timeline import breaks, count_doubles, count_gaps, expect_order, without_doubles
from pipeline.sources.climate.windows import DELAY, LOOKBACK, dead, parts
from pipeline.sources.fetch import ELSE
from pipeline.sources.mirror_files import REMEDY, mirror_folder
from pipeline.sources.plain_files import MEGA, fault, is_trouble_of_the_disk, leads_out, read_bytes, told

LICENCE = "Max Planck Institute for Biogeochemistry, Jena; cite it"
BYTES = 256 * MEGA  # of a csv; the document's has 43 million


def collect_climate(
    out: Path, mirror: Path | None, downloads: Path, known: Known = DOCUMENT, url: str = keras_loaders.CLIMATE
) -> dict[str, Any]:
    """Fill `out` with table.csv and card.json and return the card. Raises UserError."""
    path = choose(mirror) if mirror else keras_loaders.climate_archive(downloads, url)
    content = read_bytes(path, BYTES, REMEDY) if mirror else unpacked(path)
    table = parse(content, str(path))
    document = is_document(table, content, known, str(path), REMEDY if mirror else ELSE)
    if not (mirror or document):
        raise _not_the_archive(path, f"it has {len(table.values)} rows, expected {len(dates_of(known))}")
    doubles = count_doubles(table.dates.to_numpy())
    if not document:
        table = usable(table, str(path))
    with whole_file(out / "table.csv") as beside:
        table.text.to_csv(beside, index=False, lineterminator="\n", encoding="utf-8")
    card = describe(table, document, path, "mirror" if mirror else "keras") | {"doubles": doubles}
    card["sha256"] = digest(out / "table.csv")
    write_json(out / "card.json", card)
    tell(card)
    return card


def usable(table: Table, where: str) -> Table:
    """Leave out doubled rows of a table that is not the document's. Raises UserError if it cannot be trained on."""
    table = without_doubles(table, where)
    expect_order(table, where)
    empty = parts(len(table.values), "corrected", 1, breaks(table.dates.to_numpy())).empty()
    if empty:
        text = f"its {len(table.values):,} rows leave no window for the {empty} part"
        raise UserError(
            f"{where}: {text}: each needs {LOOKBACK + DELAY:,} rows without a gap (ten days and a day);\n"
            "use a table of seven weeks or more"
        )
    column = dead(table.values)
    if column is not None:
        text = f"{COLUMNS[column]} has no value, or always the same one, in the training part"
        raise UserError(f"{where}: {text} (the first 48 % of the rows);\nuse a table in which the sensor works")
    return table


def choose(mirror: Path) -> Path:
    """Choose the csv from the folder jena: the document's, else the first by name with all columns.

    Hidden files, such as the ._ files of macOS, do not count.
    """
    folder = mirror_folder(mirror, "jena")
    named = folder / NAME
    there = named.exists() or named.is_symlink()
    candidates = [named] if there else [path for path in sorted(folder.glob("*.csv")) if path.name[0] != "."]
    faults = {}
    for path in candidates:
        outside = (
            "is a link that leads out of the mirror" if leads_out(path, mirror.resolve(), folder.resolve()) else None
        )
        why = outside or fault(path, BYTES) or header_fault(path)
        if not why:
            return path
        faults[path] = why
    lack = "; ".join(f"{ascii(path.name)[1:-1]} {' '.join(why.split())}" for path, why in list(faults.items())[:3])
    raise UserError(f"{folder}: no csv with the 14 columns of {NAME} ({lack or 'there is no csv'});\n{REMEDY}")


def unpacked(archive: Path) -> bytes:
    """Read the csv from the archive. If it is damaged or too large, remove the archive and raise UserError."""
    try:
        with zipfile.ZipFile(archive) as packed:
            size = packed.getinfo(NAME).file_size
            if size > BYTES:
                raise _not_the_archive(archive, f"the csv has {size:,} bytes, at most {BYTES:,} are read")
            return packed.read(NAME)
    except UserError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds for damaged bytes
        if is_trouble_of_the_disk(error):
            raise
        raise _not_the_archive(archive, told(error)) from None


def _not_the_archive(archive: Path, why: str) -> UserError:
    archive.unlink()  # Keras would use it again
    return UserError(f"{archive} is not the archive of {NAME} ({why}); it was removed.\nTry again, {ELSE}")


def describe(table: Table, document: bool, path: Path, source: str) -> dict[str, Any]:
    """Build the card of a table."""
    first, last = table.dates.iloc[0], table.dates.iloc[-1]
    gaps = count_gaps(table.dates.to_numpy())
    return {
        "family": "climate",
        "data": "Jena climate 2009-2016" if document else f"Jena climate {first.date()} to {last.date()}",
        "kind": "document" if document else "other",
        "source": source,
        "file": path.name.encode("utf-8", "backslashreplace").decode("utf-8"),
        "rows": len(table.values),
        "first": str(first),
        "last": str(last),
        "missing": dict(zip(COLUMNS, (table.values == MISSING).sum(axis=0).tolist(), strict=True)),
        "gaps": gaps.count,
        "rows in gaps": gaps.rows,
        "dropped": table.dropped,
        "licence": LICENCE,
    }


def tell(card: dict[str, Any]) -> None:
    """Print the gaps and doubled rows of a table, if there are any, and what becomes of them."""
    corrected = "corrected " if card["kind"] == "document" else ""
    found = []
    if card["gaps"]:
        lacks = f"{_count(card['gaps'], 'gap')} ({_count(card['rows in gaps'], 'row')})"
        found.append(f"{lacks}, which {corrected}windows do not reach over")
    if card["doubles"]:
        kept = "kept as in the document" if corrected else "left out"
        found.append(f"{_count(card['doubles'], 'doubled row')}, {kept}")
    if found:
        say(f"originals: climate: {card['file']} has {' and '.join(found)}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
