"""Texts as rows of ids: written, read back, cut to matrices as Keras does, told as words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.sources.texts.texts import (
    Newswire,
    Reviews,
    Texts,
    as_matrix,
    as_words,
    read_newswire,
    read_reviews,
    write_newswire,
    write_reviews,
)
from tests.made_originals import TEST, TOPICS, TRAIN, WIRES, WORDS

CARD = {"family": "made", "data": "made"}


def same(one: Texts, other: Texts) -> bool:
    """Say whether two texts agree in every array."""
    return all(np.array_equal(array, other.arrays()[name]) for name, array in one.arrays().items())


def test_reviews_are_read_as_written(tmp_path):
    card = write_reviews(tmp_path, Reviews(TRAIN, TEST, WORDS, CARD))
    found = read_reviews(tmp_path)
    assert same(found.train, TRAIN) and same(found.test, TEST)
    assert found.words == WORDS and found.card == card == read_json(tmp_path / "card.json")
    assert card["data"] == "made" and len(card["sha256"]) == 64
    with np.load(tmp_path / "reviews.npz") as file:
        assert sorted(file) == sorted(f"{p}_{f}" for p in ("train", "test") for f in ("ids", "labels", "lengths"))
        assert {file[name].dtype for name in file} == {np.dtype(np.int32)}


def test_wires_are_read_as_written(tmp_path):
    write_newswire(tmp_path, Newswire(WIRES, WORDS, TOPICS, CARD))
    found = read_newswire(tmp_path)
    assert same(found.wires, WIRES) and found.words == WORDS and found.topics == TOPICS


def test_some_of_the_texts():
    assert same(TRAIN.rows(0, 4), TRAIN)
    middle = TRAIN.rows(1, 3)
    assert middle.ids.tolist() == [9, 3, 3] and middle.lengths.tolist() == [1, 2] and middle.labels.tolist() == [1, 1]
    assert len(TRAIN.rows(2, 2).ids) == 0


def matrix_of_one(ids: list[int], vocabulary: int, timesteps: int) -> list[int]:
    """Return the row of a matrix that holds one text."""
    return as_matrix(np.array(ids, np.int32), np.array([len(ids)]), vocabulary, timesteps)[0].tolist()


def test_short_texts_are_padded_in_front():
    assert matrix_of_one([1, 5, 6], 10, 5) == [0, 0, 1, 5, 6]


def test_long_texts_are_cut_in_front():
    assert matrix_of_one([1, 5, 6, 7], 10, 2) == [6, 7]


def test_words_outside_the_vocabulary_become_two():
    assert matrix_of_one([1, 9, 10, 11], 10, 4) == [1, 9, 2, 2]


TEXTS = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=12), min_size=1, max_size=8)


@given(TEXTS, st.integers(3, 31), st.integers(1, 14))
def test_matrices_of_any_texts(texts, vocabulary, timesteps):
    ids = np.array([number for text in texts for number in text], np.int32)
    found = as_matrix(ids, np.array([len(text) for text in texts], np.int32), vocabulary, timesteps)
    heard = [[number if number < vocabulary else 2 for number in text][-timesteps:] for text in texts]
    assert found.dtype == np.int32
    assert found.tolist() == [[0] * (timesteps - len(text)) + text for text in heard]


def test_text_for_a_reader():
    assert as_words(np.array([0, 1, 4, 2, 12]), WORDS) == "? ? word1 ? word9"
    assert as_words(np.array([], int), WORDS) == ""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with reviews and one with wires."""
    write_reviews(tmp_path / "reviews", Reviews(TRAIN, TEST, WORDS, CARD))
    write_newswire(tmp_path / "newswire", Newswire(WIRES, WORDS, TOPICS, CARD))
    return tmp_path


READERS = {"reviews": read_reviews, "newswire": read_newswire}


@pytest.mark.parametrize("family", READERS)
def test_a_truncated_npz(folder, family):
    path = folder / family / f"{family}.npz"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(
        UserError, match=rf"{family}\.npz is not an npz file or was cut off;\nremove its folder and run"
    ):
        READERS[family](folder / family)


@pytest.mark.parametrize("family", READERS)
def test_other_ids_than_written(folder, family):
    path = folder / family / f"{family}.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays[next(name for name in arrays if name.endswith("ids"))][0] += 1
    np.savez(path, **arrays)
    with pytest.raises(UserError, match=rf"{family}\.npz: the content has the sha256"):
        READERS[family](folder / family)


@pytest.mark.parametrize("family", READERS)
def test_texts_that_were_not_wanted(folder, family):
    write_json(folder / family / "card.json", {"family": family, "data": None, "why": "run.originals is false"})
    with pytest.raises(UserError, match=r"card\.json: there is no data: run\.originals is false"):
        READERS[family](folder / family)


@pytest.mark.parametrize("family", READERS)
def test_a_broken_word_index(folder, family):
    (folder / family / "words.json").write_text('{"a": 1')
    with pytest.raises(UserError, match=r"words\.json is not JSON"):
        READERS[family](folder / family)
