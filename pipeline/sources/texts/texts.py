"""The texts of data/raw/reviews and data/raw/newswire as rows of word ids, and as matrices and readable text.

The ids are Keras' own: 0 pads, 1 marks the start, 2 stands for a word outside the vocabulary, 3 is not used, and a word
has its id in the word index + 3. Document 002 reads both sets in this form (protocols 5.1).
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
        """Select the texts from `first` to `last`, exclusive."""
        ends = np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])
        return Texts(self.ids[ends[first] : ends[last]], self.lengths[first:last], self.labels[first:last])

    def arrays(self, prefix: str = "") -> dict[str, np.ndarray]:
        """Return the arrays by their names in an npz."""
        return {f"{prefix}{field}": getattr(self, field) for field in FIELDS}


@dataclass(frozen=True, eq=False)
class Reviews:
    """IMDB: 25,000 reviews for training, 25,000 for the test; label 1 is positive. `words`: word index, {word: id}."""

    train: Texts
    test: Texts
    words: dict[str, int]
    card: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Newswire:
    """Reuters: 11,228 newswires in Keras' order, which trains on the first 80 %; labels are indices of `topics`."""

    wires: Texts
    words: dict[str, int]
    topics: list[str]
    card: dict[str, Any]


def write_reviews(folder: Path, reviews: Reviews) -> dict[str, Any]:
    """Write reviews.npz, words.json and card.json; return the card, with the digest of the arrays added."""
    arrays = {**reviews.train.arrays("train_"), **reviews.test.arrays("test_")}
    write_json(folder / "words.json", reviews.words)
    return _write(folder, "reviews.npz", arrays, reviews.card)


def write_newswire(folder: Path, newswire: Newswire) -> dict[str, Any]:
    """Write newswire.npz, words.json, topics.json and card.json; return the card, with the digest added."""
    write_json(folder / "words.json", newswire.words)
    write_json(folder / "topics.json", newswire.topics)
    return _write(folder, "newswire.npz", newswire.wires.arrays(), newswire.card)


def _write(folder: Path, name: str, arrays: Mapping[str, np.ndarray], card: dict[str, Any]) -> dict[str, Any]:
    card = {**card, "sha256": content_digest(arrays)}
    write_arrays(folder / name, arrays)
    write_json(folder / "card.json", card)
    return card


def read_reviews(folder: Path) -> Reviews:
    """Read the reviews in data/raw/reviews. Raises UserError if they are missing or have been changed."""
    card = read_card(folder)
    train, test = _read(folder / "reviews.npz", ("train_", "test_"), card["sha256"])
    return Reviews(train, test, read_words(folder / "words.json"), card)


def read_newswire(folder: Path) -> Newswire:
    """Read the newswires in data/raw/newswire. Raises UserError if they are missing or have been changed."""
    card = read_card(folder)
    (wires,) = _read(folder / "newswire.npz", ("",), card["sha256"])
    return Newswire(wires, read_words(folder / "words.json"), read_topics(folder / "topics.json"), card)


def _read(path: Path, parts: Sequence[str], sha256: str) -> list[Texts]:
    arrays = read_arrays(path, [f"{part}{field}" for part in parts for field in FIELDS])
    expect_content(path, arrays, sha256)
    return [Texts(*(arrays[f"{part}{field}"] for field in FIELDS)) for part in parts]


def as_matrix(ids: np.ndarray, lengths: np.ndarray, vocabulary: int, timesteps: int) -> np.ndarray:
    """Arrange the texts as (rows, timesteps) int32: ids from `vocabulary` on become 2; padded with 0 and cut in front.

    The same as Keras' pad_sequences after load_data(num_words=vocabulary), for any vocabulary that leaves a word out.
    """
    known = np.where(ids < vocabulary, ids, UNKNOWN)
    matrix = np.full((len(lengths), timesteps), PAD, np.int32)
    ends = np.cumsum(lengths, dtype=np.int64)
    for row, end, kept in zip(matrix, ends, np.minimum(lengths, timesteps), strict=True):
        row[timesteps - kept :] = known[end - kept : end]
    return matrix


def as_words(ids: np.ndarray, words: Mapping[str, int]) -> str:
    """Decode ids to text; `?` stands for padding, the start mark and words outside the vocabulary."""
    known = {number + OFFSET: word for word, number in words.items()}
    return " ".join(known.get(number, "?") for number in np.asarray(ids).tolist())
