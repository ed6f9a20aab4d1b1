"""The texts of data/raw/reviews and data/raw/newswire as rows of word ids, and the two forms that others need.

The ids are Keras' own: 0 pads, 1 marks the start, 2 stands for a word outside the vocabulary, 3 is not used, and a word
of the word index has its id there + 3. Document 002 reads both sets in this form (protocols 5.1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.files import write_json
from pipeline.sources.cards import read_card
from pipeline.sources.flat_arrays import content_digest, expect_content, read_arrays, write_arrays
from pipeline.sources.texts.word_index import read_topics, read_words

PAD, START, UNKNOWN, OFFSET = 0, 1, 2, 3
FIELDS = ("ids", "lengths", "labels")


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts one after the other: the `ids` of all words, and a length and a label for each text; int32."""

    ids: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    def rows(self, first: int, last: int) -> "Texts":
        """Return the texts from `first` to `last`, which is not among them."""
        ends = np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])
        return Texts(self.ids[ends[first] : ends[last]], self.lengths[first:last], self.labels[first:last])

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Return the arrays by their names in an npz."""
        return {f"{prefix}{field}": getattr(self, field) for field in FIELDS}


@dataclass(frozen=True, eq=False)
class Reviews:
    """IMDB: 25,000 reviews to train, 25,000 to test; label 1 is praise. `words` is the word index, {word: id}."""

    train: Texts
    test: Texts
    words: dict[str, int]
    card: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Newswire:
    """Reuters: 11,228 wires in Keras' order, which trains on the first 80 %; the label is an index of `topics`."""

    wires: Texts
    words: dict[str, int]
    topics: list[str]
    card: dict[str, Any]


def write_reviews(folder: Path, reviews: Reviews) -> dict[str, Any]:
    """Write reviews.npz, words.json and card.json; return the card, which has got the digest of the arrays."""
    arrays = {**reviews.train.arrays("train_"), **reviews.test.arrays("test_")}
    write_json(folder / "words.json", reviews.words)
    return _write(folder, "reviews.npz", arrays, reviews.card)


def write_newswire(folder: Path, newswire: Newswire) -> dict[str, Any]:
    """Write newswire.npz, words.json, topics.json and card.json; return the card, which has got the digest."""
    write_json(folder / "words.json", newswire.words)
    write_json(folder / "topics.json", newswire.topics)
    return _write(folder, "newswire.npz", newswire.wires.arrays(), newswire.card)


def _write(folder: Path, name: str, arrays: Mapping[str, np.ndarray], card: dict[str, Any]) -> dict[str, Any]:
    card = {**card, "sha256": content_digest(arrays)}
    write_arrays(folder / name, arrays)
    write_json(folder / "card.json", card)
    return card


def read_reviews(folder: Path) -> Reviews:
    """Return the reviews of data/raw/reviews. Raises UserError if they are not there or not as they were written."""
    card = read_card(folder)
    train, test = _read(folder / "reviews.npz", ("train_", "test_"), card["sha256"])
    return Reviews(train, test, read_words(folder / "words.json"), card)


def read_newswire(folder: Path) -> Newswire:
    """Return the wires of data/raw/newswire. Raises UserError if they are not there or not as they were written."""
    card = read_card(folder)
    (wires,) = _read(folder / "newswire.npz", ("",), card["sha256"])
    return Newswire(wires, read_words(folder / "words.json"), read_topics(folder / "topics.json"), card)


def _read(path: Path, parts: Sequence[str], sha256: str) -> list[Texts]:
    arrays = read_arrays(path, [f"{part}{field}" for part in parts for field in FIELDS])
    expect_content(path, arrays, sha256)
    return [Texts(*(arrays[f"{part}{field}"] for field in FIELDS)) for part in parts]


def as_matrix(ids: np.ndarray, lengths: np.ndarray, vocabulary: int, timesteps: int) -> np.ndarray:
    """Return the texts as (rows, timesteps) int32: ids from `vocabulary` on become 2, zeros in front, the end is kept.

    The same as Keras' pad_sequences after load_data(num_words=vocabulary), for any vocabulary that leaves a word out.
    """
    known = np.where(ids < vocabulary, ids, UNKNOWN)
    matrix = np.full((len(lengths), timesteps), PAD, np.int32)
    ends = np.cumsum(lengths, dtype=np.int64)
    for row, end, kept in zip(matrix, ends, np.minimum(lengths, timesteps), strict=True):
        row[timesteps - kept :] = known[end - kept : end]
    return matrix


def as_words(ids: np.ndarray, words: Mapping[str, int]) -> str:
    """Return ids as text; `?` for what is not a word: padding, the start mark, a word outside the vocabulary."""
    known = {number + OFFSET: word for word, number in words.items()}
    return " ".join(known.get(number, "?") for number in np.asarray(ids).tolist())
