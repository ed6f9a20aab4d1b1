"""Damaged models: no byte of one is opened unless it is what was logged, whatever the file says it is."""

import io
import json
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.base.files import digest
from pipeline.tracking.errors import LostError
from pipeline.tracking.tracker import Logged, Tracker
from tests.poison import rounds, typed

DENSE = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 2}, "registered_name": None}


def model(config: Any, name: str = "config.json", size: int = 64) -> bytes:
    """A .keras file with this configuration."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("metadata.json", '{"keras_version": "3.15.0", "date_saved": ""}')
        packed.writestr(name, json.dumps(config))
        packed.writestr("model.weights.h5", bytes(size))
    return stream.getvalue()


WHOLE = model(DENSE)
MADE = {
    "bomb": model(DENSE, size=30_000_000),
    "foreign": model({**DENSE, "module": "os", "class_name": "system", "config": "ls"}),
    "lambda": model({**DENSE, "class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}),
    "traversal": model(DENSE, name="../../config.json"),
    "absolute": model(DENSE, name="/tmp/config.json"),  # noqa: S108
    "huge": model({**DENSE, "config": {"units": 2**62}}),
    "negative": model({**DENSE, "config": {"units": -1}}),
    "deep": model(json.loads("[" * 500 + "]" * 500)),
    "empty": b"",
    "text": b"a model",
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "pickle": b"\x80\x04cos\nsystem\n.",
}


@pytest.fixture
def logged(mlruns: Path, tmp_path: Path) -> tuple[Tracker, Logged, Path]:
    path = tmp_path / "model.keras"
    path.write_bytes(WHOLE)
    return Tracker(mlruns), Logged("1", "am · seed 0", tmp_path.as_uri(), "", digest(path)), path


def refused(tracker: Tracker, one: Logged, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = typed(lambda: tracker.check_model(one), LostError)
    assert isinstance(found, LostError) and str(found).count("\n") == 1
    assert "model.keras of the MLflow run 1 (am · seed 0) is gone or not what was logged" in str(found)


def test_a_whole_one_is_taken(logged: tuple[Tracker, Logged, Path]) -> None:
    logged[0].check_model(logged[1])


def test_those_that_are_made_on_purpose_are_refused(logged: tuple[Tracker, Logged, Path]) -> None:
    for content in MADE.values():
        refused(*logged, content)


def test_every_cut_and_every_flipped_byte_is_refused(logged: tuple[Tracker, Logged, Path]) -> None:
    for place in range(0, len(WHOLE), 10):
        refused(*logged, WHOLE[:place])
        refused(*logged, WHOLE[:place] + bytes([WHOLE[place] ^ 1 << Random(place).randrange(8)]) + WHOLE[place + 1 :])  # noqa: S311


def test_damaged_ones_are_refused(logged: tuple[Tracker, Logged, Path]) -> None:
    for content in rounds(WHOLE, 0, 60):
        if content != WHOLE:
            refused(*logged, content)
