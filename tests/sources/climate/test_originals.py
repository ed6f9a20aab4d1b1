"""From a csv of the station to data/raw/climate: which file is taken, and whether it is the document's."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import digest
from pipeline.sources.climate.originals import DOCUMENT, NAME, Known, choose, collect_climate, unpacked
from pipeline.sources.climate.station_csv import COLUMNS, parse
from tests.made_originals import csv, weather, write_jena

LINES = weather()
LACKING = csv([line[:-3] for line in LINES])


def known() -> Known:
    """Return what is known of the made csv."""
    values = parse(csv(LINES), "").values
    means, deviations = values.mean(axis=0), values.std(axis=0, ddof=1)
    return Known(
        *(5, "2009-01-01 00:10:00", "2009-01-01 00:50:00"),
        *(tuple(float(f"{number:.6f}") for number in numbers) for numbers in (means, deviations)),
    )


def collect(root, **how):
    """Collect from a mirror."""
    return collect_climate(root / "out", root, root / "downloads", **how)


def test_other_years(tmp_path):
    lines = [[*line, "0" if row else "rain (mm)"] for row, line in enumerate(weather(4, year=2020))]
    lines[2][-2] = lines[3][-2] = "-9999.0"
    write_jena(tmp_path, "roof.csv", csv(lines, "latin-1"))
    card = collect(tmp_path)
    assert card["data"] == "Jena climate 2020-01-01 to 2020-01-01" and card["kind"] == "other"
    assert (card["source"], card["file"], card["rows"]) == ("mirror", "roof.csv", 4)
    assert (card["first"], card["last"]) == ("2020-01-01 00:10:00", "2020-01-01 00:40:00")
    assert card["dropped"] == ["rain (mm)"]
    assert card["missing"] == {name: 2 if name == "wd (deg)" else 0 for name in COLUMNS}
    assert card["sha256"] == digest(tmp_path / "out" / "table.csv")
    assert (tmp_path / "out" / "table.csv").read_bytes() == csv([line[:-1] for line in lines])


def test_the_documents_file(tmp_path):
    write_jena(tmp_path, NAME, csv(LINES))
    card = collect(tmp_path, known=known())
    assert card["data"] == "Jena climate 2009-2016" and card["kind"] == "document"
    assert (tmp_path / "out" / "table.csv").read_bytes() == csv(LINES)


def test_a_part_of_the_documents_file_is_another(tmp_path):
    write_jena(tmp_path, NAME, csv(LINES[:-1]))
    assert collect(tmp_path, known=known())["kind"] == "other"


def test_the_documents_rows_with_another_value_are_refused(tmp_path):
    lines = [list(line) for line in LINES]
    lines[3][2] = str(float(lines[3][2]) + 0.01)
    write_jena(tmp_path, NAME, csv(lines))
    with pytest.raises(
        UserError, match=r"csv has the dates of .* other values: the mean of T \(degC\) is .*, expected "
    ):
        collect(tmp_path, known=known())
    assert not (tmp_path / "out").exists()


def test_values_that_changed_places_are_refused(tmp_path):
    write_jena(tmp_path, NAME, csv(LINES))
    deviations = (known().deviations[0] + 1e-5, *known().deviations[1:])
    with pytest.raises(UserError, match=r"the standard deviation of p \(mbar\) is"):
        collect(tmp_path, known=replace(known(), deviations=deviations))


def test_what_is_known_of_the_documents_file():
    assert len(DOCUMENT.means) == len(DOCUMENT.deviations) == len(COLUMNS)
    # -9999 stands 18 and 20 times among the winds: so far off are their deviations.
    for column, count in ((11, 18), (12, 20)):
        assert DOCUMENT.deviations[column] == pytest.approx(9999 * np.sqrt(count / DOCUMENT.rows), rel=1e-3)


def test_the_documents_file_is_preferred(tmp_path):
    write_jena(tmp_path, "a.csv", csv(LINES))
    folder = write_jena(tmp_path, NAME, csv(LINES))
    assert choose(tmp_path) == folder / NAME


def test_a_csv_that_lacks_columns_is_passed_over(tmp_path):
    write_jena(tmp_path, "a.csv", LACKING)
    folder = write_jena(tmp_path, "b.csv", csv(LINES))
    assert choose(tmp_path) == folder / "b.csv"


def test_a_csv_that_lacks_columns_alone(tmp_path):
    write_jena(tmp_path, "a.csv", LACKING)
    text = r"jena: no csv with the 14 columns of .*2016\.csv \(a\.csv has no column wv \(m/s\), .*, wd \(deg\)\);\n"
    with pytest.raises(UserError, match=text):
        collect(tmp_path)


def test_no_csv(tmp_path):
    (tmp_path / "jena").mkdir()
    with pytest.raises(UserError, match=r"\(no csv at all\)"):
        choose(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*jena;"):
        choose(tmp_path)


@pytest.mark.parametrize("content", [b"", b"<html>sign in</html>"])
def test_an_archive_that_is_none_is_removed(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.zip is not the archive of .* it was removed\.\nTry again, or set REPRISE"):
        unpacked(tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
