"""IMDB and Reuters, from Keras or from a mirror, to data/raw/reviews and data/raw/newswire.

Both ways give the same arrays, those of Keras' load_data() with all words; any other content is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources import keras_loaders
from pipeline.sources.flat_arrays import expect_content
from pipeline.sources.mirror_files import REMEDY
from pipeline.sources.texts.mirror import mirrored_newswire, mirrored_reviews
from pipeline.sources.texts.texts import Newswire, Reviews, Texts, write_newswire, write_reviews


@dataclass(frozen=True)
class Known:
    """A set of texts: its name, the digest of its arrays in Keras' form, the size of its word index, its licence."""

    data: str
    sha256: str
    words: int
    licence: str


# The digests are those of the mirror's words after `in_keras_order`.
IMDB = Known(
    "IMDB",
    "963684961871ef25c62b734574c43f729c55a3e4c43fe56d8ccabdc5228b22c5",
    88584,
    "none stated; cite Maas et al.: Learning Word Vectors for Sentiment Analysis, 2011",
)
REUTERS = Known(
    "Reuters",
    "daaef380cd163580c78957aab74a40ba9d469bf2ca86afd311266ead90c9217c",
    30979,
    "Reuters-21578, Distribution 1.0: for research only",
)


def collect_reviews(out: Path, mirror: Path | None, downloads: Path, known: Known = IMDB) -> dict[str, Any]:
    """Fill `out` with reviews.npz, words.json and card.json and return the card. Raises UserError."""
    parts, words = mirrored_reviews(mirror) if mirror else _keras_reviews(downloads)
    train, test = parts
    expect_known(known, {**train.arrays("train_"), **test.arrays("test_")}, words, mirror)
    counts = {"train": len(train.labels), "test": len(test.labels), "words": len(words)}
    return write_reviews(out, Reviews(train, test, words, _card("reviews", known, mirror, counts)))


def collect_newswire(out: Path, mirror: Path | None, downloads: Path, known: Known = REUTERS) -> dict[str, Any]:
    """Fill `out` with newswire.npz, words.json, topics.json and card.json and return the card. Raises UserError."""
    wires, words, topics = mirrored_newswire(mirror) if mirror else _keras_newswire(downloads)
    expect_known(known, wires.arrays(), words, mirror)
    counts = {"wires": len(wires.labels), "topics": len(topics), "words": len(words)}
    return write_newswire(out, Newswire(wires, words, topics, _card("newswire", known, mirror, counts)))


def _keras_reviews(downloads: Path) -> tuple[list[Texts], dict[str, int]]:
    parts, words = keras_loaders.reviews(downloads)
    return [Texts(*part) for part in parts], words


def _keras_newswire(downloads: Path) -> tuple[Texts, dict[str, int], list[str]]:
    wires, words, topics = keras_loaders.newswire(downloads)
    return Texts(*wires), words, topics


def expect_known(known: Known, arrays: Mapping[str, np.ndarray], words: Mapping[str, int], mirror: Path | None) -> None:
    """Raise UserError if the words or the arrays are not the known ones."""
    where = f"the copy of {known.data} in {mirror}" if mirror else f"{known.data} from keras.datasets"
    remedy = REMEDY if mirror else keras_loaders.OTHER
    if len(words) != known.words:
        raise UserError(f"{where}: the word index has {len(words)} words, expected {known.words};\n{remedy}")
    expect_content(where, arrays, known.sha256, remedy)


def _card(family: str, known: Known, mirror: Path | None, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "family": family,
        "data": known.data,
        "kind": "document",
        "source": "mirror" if mirror else "keras",
        "counts": counts,
        "licence": known.licence,
    }
