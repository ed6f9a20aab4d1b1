"""Texts of a mirror: every fault in the arrays is told with its row and its value."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.texts.keras_order import in_keras_order
from pipeline.sources.texts.mirror import mirrored_newswire, mirrored_reviews
from tests.made_originals import TEST, TOPICS, TRAIN, WIRES, WORDS, write_imdb, write_reuters


def test_reviews(tmp_path):
    write_imdb(tmp_path)
    parts, words = mirrored_reviews(tmp_path)
    assert words == WORDS
    for part, expected in zip(parts, in_keras_order([TRAIN, TEST]), strict=True):
        assert all(np.array_equal(array, expected.arrays()[name]) for name, array in part.arrays().items())


def test_wires(tmp_path):
    write_reuters(tmp_path)
    wires, words, topics = mirrored_newswire(tmp_path)
    assert words == WORDS and topics == TOPICS
    assert wires.labels.tolist() == in_keras_order([WIRES])[0].labels.tolist()


def changed(array: np.ndarray, place: int, value: int) -> np.ndarray:
    """Return a copy with another value."""
    copy = array.astype(np.int32)
    copy[place] = value
    return copy


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        ({"lengths_train": np.array([3, 0, 3, 2])}, r"row 1 of lengths_train is 0, an empty text"),
        ({"lengths_train": np.array([3, -1, 4, 2])}, r"row 1 of lengths_train is -1, an empty text"),
        ({"lengths_test": np.array([1, 2])}, r"lengths_test adds up to 3 words, tokens_test has 4"),
        ({"lengths_test": np.array([4])}, r"lengths_test has 1 rows, y_test 2"),
        (
            {"tokens_train": changed(TRAIN.ids, 3, 0)},
            r"row 1 of tokens_train has the id 0, but ids go from 1 to 9",
        ),
        ({"tokens_train": changed(TRAIN.ids, 2, -7)}, r"row 0 of tokens_train has the id -7"),
        ({"tokens_test": changed(TEST.ids, 3, 10)}, r"row 1 of tokens_test has the id 10, .* from 1 to 9"),
        ({"y_train": changed(TRAIN.labels, 2, 2)}, r"row 2 of y_train is 2, but classes go from 0 to 1"),
        ({"y_test": np.array([0.5, 1])}, r"y_test is float64 of shape \(2,\), not a row of whole numbers"),
        ({"tokens_test": TEST.ids.reshape(2, 2)}, r"tokens_test is int32 of shape \(2, 2\)"),
        (
            {name: np.array([], np.int32) for name in ("tokens_test", "lengths_test", "y_test")},
            "lengths_test has no row",
        ),
    ],
)
def test_faults(tmp_path, arrays, fault):
    write_imdb(tmp_path, **arrays)
    with pytest.raises(UserError, match=rf"imdb_flat\.npz: {fault}.*\nput a complete copy there"):
        mirrored_reviews(tmp_path)


def test_an_npz_of_keras_own_needs_pickle(tmp_path):
    write_imdb(tmp_path, tokens_train=np.array([[1, 2], [3]], object))
    with pytest.raises(UserError, match=r"imdb_flat\.npz needs pickle"):
        mirrored_reviews(tmp_path)


@pytest.mark.parametrize("name", ["reuters_word_index.json", "reuters_topics.json"])
def test_lists_that_are_not_json(tmp_path, name):
    (write_reuters(tmp_path) / name).write_text("[")
    with pytest.raises(UserError, match=rf"{name} is not JSON"):
        mirrored_newswire(tmp_path)


@pytest.mark.parametrize("name", ["reuters_flat.npz", "reuters_word_index.json", "reuters_topics.json"])
def test_a_file_that_is_not_there(tmp_path, name):
    (write_reuters(tmp_path) / name).unlink()
    with pytest.raises(UserError, match=rf"there is no file .*{name}"):
        mirrored_newswire(tmp_path)
