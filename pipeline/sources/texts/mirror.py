"""IMDB and Reuters from a mirror, which has the words of Keras' files in plain arrays, one text after the other.

Keras' processing is not applied yet: no shuffle, no start mark, ids as in the word index.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import read_arrays
from pipeline.sources.mirror_files import REMEDY, mirrored
from pipeline.sources.texts.keras_order import in_keras_order
from pipeline.sources.texts.texts import Texts
from pipeline.sources.texts.word_index import read_topics, read_words


def mirrored_reviews(mirror: Path) -> tuple[list[Texts], dict[str, int]]:
    """Read IMDB's training and test reviews in Keras' order, and the word index. Raises UserError."""
    flat, index = mirrored(mirror, "imdb", "imdb_flat.npz", "imdb_word_index.json")
    words = read_words(index, REMEDY)
    return in_keras_order([read_flat(flat, part, len(words), 2) for part in ("_train", "_test")]), words


def mirrored_newswire(mirror: Path) -> tuple[Texts, dict[str, int], list[str]]:
    """Read the Reuters newswires in Keras' order, the word index and the topics. Raises UserError."""
    names = ("reuters_flat.npz", "reuters_word_index.json", "reuters_topics.json")
    flat, index, list_of_topics = mirrored(mirror, "reuters", *names)
    words, topics = read_words(index, REMEDY), read_topics(list_of_topics, REMEDY)
    (wires,) = in_keras_order([read_flat(flat, "", len(words), len(topics))])
    return wires, words, topics


def read_flat(path: Path, part: str, words: int, classes: int) -> Texts:
    """Read a part of the mirror's texts, ids as in the word index, before Keras' order. Raises UserError."""
    arrays = read_arrays(path, [f"{name}{part}" for name in ("tokens", "lengths", "y")], REMEDY)
    fault = next(faults(arrays, part, words, classes), None)
    if fault:
        raise UserError(f"{path}: {fault};\n{REMEDY}")
    return Texts(*(array.astype(np.int32) for array in arrays.values()))


def faults(arrays: Mapping[str, np.ndarray], part: str, words: int, classes: int) -> Iterator[str]:
    """Yield what is wrong with the arrays of a part; each fault names the array, the row and the value."""
    ids, lengths, labels = arrays.values()
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype.kind not in "iu":
            yield f"{name} is {array.dtype} of shape {array.shape}, not a row of whole numbers"
            return
    if not len(lengths):
        yield f"lengths{part} has no row"
    if len(lengths) != len(labels):
        yield f"lengths{part} has {len(lengths)} rows, y{part} {len(labels)}"
    for row in np.flatnonzero(lengths < 1):
        yield f"row {row} of lengths{part} is {lengths[row]}, an empty text"
    for row in np.flatnonzero(lengths > len(ids)):  # whose sum might overflow
        yield f"row {row} of lengths{part} is {lengths[row]}, tokens{part} has {len(ids)} words"
    if lengths.sum() != len(ids):
        yield f"lengths{part} adds up to {lengths.sum()} words, tokens{part} has {len(ids)}"
    for place in np.flatnonzero((ids < 1) | (ids > words)):
        row = np.searchsorted(np.cumsum(lengths), place, side="right")
        yield f"row {row} of tokens{part} has the id {ids[place]}, but ids go from 1 to {words}"
    for row in np.flatnonzero((labels < 0) | (labels >= classes)):
        yield f"row {row} of y{part} is {labels[row]}, but classes go from 0 to {classes - 1}"
