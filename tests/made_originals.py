"""Small stand-ins for the originals: a few texts, rows of weather and images of a mirror, and what is known of them."""

import gzip
import json
import struct
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from pipeline.sources.climate.document import Figures, opening_digest
from pipeline.sources.climate.document import Known as KnownWeather
from pipeline.sources.climate.station_csv import COLUMNS, DATE, parse
from pipeline.sources.flat_arrays import content_digest
from pipeline.sources.texts.keras_order import in_keras_order
from pipeline.sources.texts.originals import IMDB, REUTERS, Known
from pipeline.sources.texts.texts import Texts

WORDS = {f"word{number}": number for number in range(1, 10)}
TOPICS = ["grain", "gold", "tin"]
TRAIN = Texts(*(np.array(row, np.int32) for row in ([1, 5, 2, 9, 3, 3, 7, 4], [3, 1, 2, 2], [0, 1, 1, 0])))
TEST = Texts(*(np.array(row, np.int32) for row in ([8, 8, 1, 6], [1, 3], [1, 0])))
WIRES = Texts(*(np.array(row, np.int32) for row in ([2, 9, 9, 1, 4, 7, 7], [2, 1, 1, 2, 1], [2, 0, 1, 1, 2])))
CELSIUS = COLUMNS.index("T (degC)")


def flat(part: str, texts: Texts) -> dict[str, np.ndarray]:
    """Return texts under the names that a mirror gives them."""
    return {f"tokens{part}": texts.ids, f"lengths{part}": texts.lengths, f"y{part}": texts.labels.astype(np.int8)}


def write_imdb(root: Path, **changed: np.ndarray) -> Path:
    """Write the folder imdb of a mirror and return it; `changed` arrays take the place of the made ones."""
    folder = root / "imdb"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "imdb_flat.npz", **{**flat("_train", TRAIN), **flat("_test", TEST), **changed})
    (folder / "imdb_word_index.json").write_text(json.dumps(WORDS))
    return folder


def write_reuters(root: Path, **changed: np.ndarray) -> Path:
    """Write the folder reuters of a mirror and return it; `changed` arrays take the place of the made ones."""
    folder = root / "reuters"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "reuters_flat.npz", **{**flat("", WIRES), **changed})
    (folder / "reuters_word_index.json").write_text(json.dumps(WORDS))
    (folder / "reuters_topics.json").write_text(json.dumps(TOPICS))
    return folder


def known_reviews() -> Known:
    """Return what is known of the made reviews."""
    train, test = in_keras_order([TRAIN, TEST])
    sha256 = content_digest({**train.arrays("train_"), **test.arrays("test_")})
    return replace(IMDB, sha256=sha256, words=len(WORDS))


def known_newswire() -> Known:
    """Return what is known of the made wires."""
    (wires,) = in_keras_order([WIRES])
    return replace(REUTERS, sha256=content_digest(wires.arrays()), words=len(WORDS))


def weather(rows: int = 5, year: int = 2009) -> list[list[str]]:
    """Return the lines of a csv of the station, each a list of fields: the header, then a row every ten minutes."""
    values = np.random.default_rng(rows).uniform(-20, 1000, (rows, len(COLUMNS))).round(2)
    start = datetime(year, 1, 1)
    dates = [f"{start + timedelta(minutes=10 * row):%d.%m.%Y %H:%M:%S}" for row in range(1, rows + 1)]
    return [[DATE, *COLUMNS], *([date, *map(str, row)] for date, row in zip(dates, values.tolist(), strict=True))]


def csv(lines: list[list[str]], encoding: str = "utf-8") -> bytes:
    """Return the bytes of a csv without quotes."""
    return "".join(",".join(line) + "\n" for line in lines).encode(encoding)


def known_weather(lines: list[list[str]]) -> KnownWeather:
    """Return what is known of rows of weather without a gap, as if they were the document's."""
    table = parse(csv(lines), "made.csv")
    first, last = (str(table.dates.iloc[row]).replace(" ", "T") for row in (0, -1))
    return KnownWeather(
        ((first, last),), _figures(table.values), _figures(table.values[5::6]), opening_digest(table.values), "no md5"
    )


def _figures(values: np.ndarray) -> Figures:
    means, deviations = values.mean(axis=0), values.std(axis=0, ddof=1)
    return Figures(*(tuple(float(f"{number:.6f}") for number in numbers) for numbers in (means, deviations)))


def write_jena(root: Path, name: str, content: bytes) -> Path:
    """Write a csv to the folder jena of a mirror and return the folder."""
    folder = root / "jena"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def idx(array: np.ndarray) -> bytes:
    """Return an array of bytes as idx.gz."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


def mnist(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return made images and labels of MNIST's shape."""
    numbers = np.random.default_rng(rows)
    return numbers.integers(0, 256, (rows, 28, 28), np.uint8), numbers.integers(0, 10, rows, np.uint8)


def write_mnist(root: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """Write the folder mnist of a mirror and return it."""
    folder = root / "mnist"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(idx(images))
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(labels))
    return folder
