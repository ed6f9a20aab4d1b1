"""The real mirror, taken whole: REPRISE_MIRROR or the folder beside the project; skips, saying so, without one."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.sources import mirror
from pipeline.sources.climate import table as weather
from pipeline.sources.climate.windows import TEMPERATURE
from pipeline.sources.images import images
from pipeline.sources.texts import texts
from pipeline.spec.run_options import RunOptions
from pipeline.stages.originals import originals, summary
from tests.conftest import MIRROR

WANTED = RunOptions(originals=True)


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of the mirror."""
    found = mirror.folder() or MIRROR
    if not (found / "imdb").is_dir():
        pytest.skip(f"no mirror of the originals at {found}")
    return found


@pytest.fixture(scope="module")
def raw(folder, tmp_path_factory) -> Path:
    """Return data/raw with the four families of the mirror."""
    raw = tmp_path_factory.mktemp("raw")
    for family in ("reviews", "newswire", "climate", "digits"):
        originals(family, WANTED, folder, raw, raw / "downloads")
    return raw


def test_reviews(raw):
    reviews = texts.read_reviews(raw / "reviews")
    assert len(reviews.train.labels) == len(reviews.test.labels) == 25000
    assert reviews.train.labels[:10].tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    assert reviews.test.labels[:10].tolist() == [0, 1, 1, 0, 1, 1, 1, 0, 0, 1]
    assert reviews.train.labels.sum() == reviews.test.labels.sum() == 12500
    first = texts.as_words(reviews.train.rows(0, 1).ids, reviews.words)
    assert first.startswith("? this film was just brilliant casting location scenery story direction everyone's really")


def test_the_matrices_of_the_document(raw):
    train = texts.read_reviews(raw / "reviews").train
    matrix = texts.as_matrix(train.ids, train.lengths, 10000, 500)
    assert matrix.shape == (25000, 500) and matrix.max() == 9999 and set(matrix[0, :282]) == {0}
    assert matrix[0, 282:292].tolist() == [1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65]
    assert matrix[0, -5:].tolist() == [16, 5345, 19, 178, 32]


def test_wires(raw):
    newswire = texts.read_newswire(raw / "newswire")
    assert len(newswire.wires.labels) == 11228 and int(11228 * 0.8) == 8982
    assert len(newswire.topics) == 46 and newswire.topics[3:5] == ["earn", "acq"]
    wire = newswire.wires.rows(10, 11)
    assert wire.labels.tolist() == [3] and wire.ids[:10].tolist() == [1, 245, 273, 207, 156, 53, 74, 160, 26, 14]
    first = texts.as_words(newswire.wires.rows(0, 1).ids, newswire.words)
    assert first.startswith("? mcgrath rentcorp said as a result of its december acquisition of space co it expects")


def test_climate(raw):
    values, breaks, card = weather.read_table(raw / "climate")
    assert values.shape == (card["rows"], 14) and np.isfinite(values).all() and not len(breaks)
    temperature = values[:, TEMPERATURE]
    assert temperature[temperature != -9999].min() > -40 and temperature.max() < 45


def test_the_weather_of_2024(raw):
    card = read_json(raw / "climate" / "card.json")
    if card["kind"] == "document":
        pytest.skip("the mirror has the document's own file")
    assert card["data"] == "Jena climate 2024-06-09 to 2024-10-20" and card["rows"] == 19132
    assert card["dropped"][0] == "rain (mm)" and len(card["dropped"]) == 7
    assert "not the document's 2009-2016, from the mirror (mpi_roof_2024-06-09_2024-10-20.csv)" in summary(card)


def test_a_part_of_the_columns_is_refused(folder, tmp_path):
    (tmp_path / "jena").mkdir()
    shutil.copy(folder / "jena" / "jena_2009_first4000.csv", tmp_path / "jena")
    with pytest.raises(
        UserError, match=r"jena_2009_first4000\.csv has no column wv \(m/s\), max\. wv \(m/s\), wd \(deg\)"
    ):
        originals("climate", WANTED, tmp_path, tmp_path / "raw", tmp_path)
    assert not (tmp_path / "raw" / "climate").exists()


def test_digits(raw):
    assert images.read(raw / "digits", "digits").images.shape == (1797, 8, 8)
    mnist = images.read(raw / "digits", "mnist")
    assert mnist.images.shape == (10000, 28, 28) and not mnist.training.any()
    assert mnist.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(mnist.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
