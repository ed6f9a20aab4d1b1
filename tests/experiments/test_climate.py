"""The climate: a table in place of windows, the document's generator row by row, and its baseline."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.sources.climate.originals import collect_climate
from pipeline.sources.climate.windows import DELAY, LOOKBACK, STEP, TEMPERATURE
from tests import made_originals
from tests.made_runs import make_windows, trained

CLIMATE = FAMILIES["climate"]
ROWS = 9000


def small_params(**changes: object) -> Params:
    """Three experiments, the first of them changed."""
    naive = {"document": "002", "variant": "last_value", "units": 0, "loss": "mae", "epochs": 0, **changes}
    gru = {"from": "naive", "variant": "gru_before", "units": 2, "epochs": 1, "steps": 2, "batch": 16}
    corrected = {"from": "naive", "protocol": "corrected"}
    experiments = {"naive": naive, "gru": gru, "naive_corrected": corrected}
    run = {"seeds": 1, "experiments": "all", "originals": True}
    return parse({"run": run, "sounds": {"views": {}}, "experiments": {"climate": experiments}})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Params, Path]:
    params = small_params()
    folder = tmp_path_factory.mktemp("climate")
    raw = folder / "raw"
    raw.mkdir()
    made_originals.write_jena(folder / "mirror", "mpi_roof.csv", table())
    collect_climate(raw, folder / "mirror", folder)
    make_windows(params, "climate", folder, raw)
    return params, folder


def table(rows: int = ROWS) -> bytes:
    """A wave of temperature over 24 hours, with noise."""
    header, *lines = made_originals.weather(rows, 2024)
    place = header.index("T (degC)")
    for row, line in enumerate(lines):
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
    assert data.overlap == 0
    source = CLIMATE.dataset(params.experiments["gru"], 0, None, folder / "climate")
    assert source.kind == "other" and "2024" in source.label


def collected(tmp_path: Path, kind: str, rows: int = ROWS) -> Path:
    """A raw folder with a table that has a gap of two rows before row 1,000; `kind` is written to its card."""
    lines = table(rows).splitlines(keepends=True)
    made_originals.write_jena(tmp_path / "mirror", "mpi_roof.csv", b"".join([*lines[:1001], *lines[1003:]]))
    raw = tmp_path / "raw"
    raw.mkdir()
    collect_climate(raw, tmp_path / "mirror", tmp_path)
    write_json(raw / "card.json", {**read_json(raw / "card.json"), "kind": kind})
    return raw


@pytest.mark.parametrize(
    ("kind", "name", "kept"),
    [
        ("other", "naive", False),
        ("other", "naive_corrected", False),
        ("document", "naive_corrected", False),
        ("document", "naive", True),  # the document's code does not look at the dates
    ],
)
def test_no_window_reaches_over_a_gap(
    made: tuple[Params, Path], tmp_path: Path, kind: str, name: str, kept: bool
) -> None:
    params = made[0]
    make_windows(params, "climate", tmp_path, collected(tmp_path, kind))
    data = CLIMATE.load(params.experiments[name], 0, None, tmp_path / "climate")
    rows = np.unique(np.concatenate([data.train(epoch).ravel() for epoch in range(1, 20)]))
    assert data.offsets is not None
    over = (rows + data.offsets[0] < 1000) & (rows + DELAY >= 1000)
    assert over.any() == kept and not over.all()


def test_a_table_too_short_for_a_batch_is_said_before_training(tmp_path: Path) -> None:
    raw = collected(tmp_path, "other", 6800)
    with pytest.raises(
        UserError, match=r"^naive: .*table\.csv is too short, .* for a batch of 256 rows in the validation"
    ):
        make_windows(small_params(batch=256), "climate", tmp_path, raw)


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
