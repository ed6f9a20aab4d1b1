"""The table of data/raw/climate is read to the last bit, or refused."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import digest, read_json, write_json
from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.climate.table import read_table
from tests.made_originals import csv, known_weather, weather, write_jena


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a table of thirteen rows."""
    write_jena(tmp_path, "made.csv", csv(weather(13)))
    collect_climate(tmp_path / "out", tmp_path, tmp_path, known_weather(weather(13)))
    return tmp_path / "out"


def test_the_numbers_are_those_that_python_reads(folder):
    values, breaks, card = read_table(folder)
    assert values.shape == (13, 14) and values.dtype == np.float64
    assert values.tolist() == [[float(field) for field in line[1:]] for line in weather(13)[1:]]
    assert card["rows"] == 13 and breaks.tolist() == []


def test_a_row_that_does_not_follow_in_ten_minutes_is_a_break(folder):
    path = folder / "table.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:4], *lines[5:9], *lines[8:]]), encoding="utf-8")
    write_json(folder / "card.json", {**read_json(folder / "card.json"), "sha256": digest(path)})
    assert read_table(folder)[1].tolist() == [3, 7]


@pytest.mark.parametrize("kept", [0, 200, -1])
def test_a_table_that_was_cut_off(folder, kept):
    path = folder / "table.csv"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"table\.csv is not the table described in .*card\.json;\nremove its folder"):
        read_table(folder)


def test_a_table_that_was_not_wanted(tmp_path):
    write_json(tmp_path / "card.json", {"family": "climate", "data": None, "why": "run.originals is false"})
    with pytest.raises(UserError, match=r"there is no data: run\.originals is false"):
        read_table(tmp_path)
