"""The table of data/raw/climate is read to the last bit, or refused."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.climate.station_csv import COLUMNS
from pipeline.sources.climate.table import read_table
from tests.made_originals import csv, weather, write_jena


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a table of five rows."""
    write_jena(tmp_path, "made.csv", csv(weather()))
    collect_climate(tmp_path / "out", tmp_path, tmp_path)
    return tmp_path / "out"


def test_the_numbers_are_those_that_python_reads(folder):
    names, values, card = read_table(folder)
    assert names == COLUMNS and values.shape == (5, 14) and values.dtype == np.float64
    assert values.tolist() == [[float(field) for field in line[1:]] for line in weather()[1:]]
    assert card["rows"] == 5


@pytest.mark.parametrize("kept", [0, 200, -1])
def test_a_table_that_was_cut_off(folder, kept):
    path = folder / "table.csv"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"table\.csv is not the table that .*card\.json tells of;\nremove its folder"):
        read_table(folder)


def test_a_table_that_was_not_wanted(tmp_path):
    write_json(tmp_path / "card.json", {"family": "climate", "data": None, "why": "run.originals is false"})
    with pytest.raises(UserError, match=r"the data are not there, for run\.originals is false"):
        read_table(tmp_path)
