"""The climate: a table in place of windows, the document's generator row by row, and its baseline."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.climate.windows import DELAY, LOOKBACK, STEP, TEMPERATURE
from tests import made_originals
from tests.made_runs import make_windows, trained

CLIMATE = FAMILIES["climate"]
ROWS = 9000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    naive = {"document": "002", "variant": "last_value", "units": 0, "loss": "mae", "epochs": 0}
    gru = {"from": "naive", "variant": "gru_before", "units": 2, "epochs": 1, "steps": 2, "batch": 16}
    corrected = {"from": "naive", "protocol": "corrected"}
    experiments = {"naive": naive, "gru": gru, "naive_corrected": corrected}
    run = {"seeds": 1, "experiments": "all", "originals": True}
    params = parse({"run": run, "sounds": {"views": {}}, "experiments": {"climate": experiments}})
    folder = tmp_path_factory.mktemp("climate")
    raw = folder / "raw"
    raw.mkdir()
    made_originals.write_jena(folder / "mirror", "mpi_roof.csv", table())
    collect_climate(raw, folder / "mirror", folder)
    make_windows(params, "climate", folder, raw)
    return params, folder


def table() -> bytes:
    """A wave of temperature over 24 hours, with noise."""
    header, *lines = made_originals.weather(ROWS, 2024)
    place = header.index("T (degC)")
    start = datetime(2024, 1, 1)
    for row, line in enumerate(lines):
        line[0] = (start + row * timedelta(minutes=10)).strftime("%d.%m.%Y %H:%M:%S")
        line[place] = f"{10 + 5 * np.sin(2 * np.pi * row / 144) + float(line[place]) / 1000:.2f}"
    return made_originals.csv([header, *lines])


def test_a_row_is_what_the_documents_generator_gives(made: tuple[Params, Path]) -> None:
    params, folder = made
    data = CLIMATE.load(params.experiments["gru"], 0, None, folder / "climate")
    assert data.offsets is not None and data.sequences.shape == (ROWS, 14)
    row = int(data.train(1)[0, 3])
    indices = range(row - LOOKBACK, row, STEP)  # document 002, line 51
    assert (row + data.offsets).tolist() == list(indices)
    assert data.targets[row] == data.sequences[row + DELAY, TEMPERATURE]
    assert data.train(1).shape == (2, 16) and not np.array_equal(data.train(1), data.train(2))
    source = CLIMATE.dataset(params.experiments["gru"], 0, None, folder / "climate")
    assert source.kind == "other" and "2024" in source.label


@pytest.mark.usefixtures("tensorflow")
def test_the_baseline_says_that_tomorrow_is_as_today(made: tuple[Params, Path], tmp_path: Path) -> None:
    params, folder = made
    rows = {}
    for run in plan(params, folder):
        rows[run.experiment.name] = trained(run, folder, tmp_path)
    data = CLIMATE.load(params.experiments["naive"], 0, None, folder / "climate")
    expected = np.abs(data.sequences[data.test - STEP, TEMPERATURE] - data.targets[data.test]).mean()
    metrics = rows["naive"]["metrics"]
    assert metrics["test_mae"] == pytest.approx(expected, abs=1e-5)
    assert metrics["test_celsius"] == pytest.approx(metrics["test_mae"] * data.scale, abs=1e-5)
    assert metrics["val_loss"] == pytest.approx(metrics["test_mae"], rel=0.2)
    # A wave of 24 hours: at 24 hours tomorrow is as today, at 25 it is not.
    assert rows["naive_corrected"]["metrics"]["test_mae"] < 0.7 * metrics["test_mae"]
    assert rows["gru"]["facts"]["samples per day"] == "144" and rows["gru"]["metric"] == "test_mae"
    assert "degrees" in rows["gru"]["examples"][0]["text"]
