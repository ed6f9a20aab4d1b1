"""From a mirror to data/raw/reviews and data/raw/newswire: what is not the known content is refused."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.texts.originals import collect_newswire, collect_reviews
from pipeline.sources.texts.texts import read_newswire, read_reviews
from tests.made_originals import TEST, WORDS, known_newswire, known_reviews, write_imdb, write_reuters


def test_reviews(tmp_path):
    write_imdb(tmp_path)
    card = collect_reviews(tmp_path / "out", tmp_path, tmp_path, known_reviews())
    assert card["data"] == "IMDB" and card["kind"] == "document" and card["source"] == "mirror"
    assert card["counts"] == {"train": 4, "test": 2, "words": 9} and card["sha256"] == known_reviews().sha256
    assert "Maas" in card["licence"]
    assert read_reviews(tmp_path / "out").card == card
    names = ["card.json", "reviews.npz", "words.json"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names


def test_wires(tmp_path):
    write_reuters(tmp_path)
    card = collect_newswire(tmp_path / "out", tmp_path, tmp_path, known_newswire())
    assert card["data"] == "Reuters" and card["counts"] == {"wires": 5, "topics": 3, "words": 9}
    assert read_newswire(tmp_path / "out").words == WORDS


def test_another_word_in_one_review_is_refused(tmp_path):
    write_imdb(tmp_path, tokens_test=TEST.ids[::-1].copy())
    with pytest.raises(
        UserError, match=r"the copy of IMDB in .*: the content has the sha256 \w+, expected \w+;\nput a complete"
    ):
        collect_reviews(tmp_path / "out", tmp_path, tmp_path, known_reviews())
    assert not (tmp_path / "out").exists()


def test_another_word_index_is_refused(tmp_path):
    write_reuters(tmp_path)
    known = replace(known_newswire(), words=30979)
    with pytest.raises(UserError, match=r"the copy of Reuters in .*: the word index has 9 words, expected 30979;\n"):
        collect_newswire(tmp_path / "out", tmp_path, tmp_path, known)
    assert not (tmp_path / "out").exists()


def test_the_same_way_twice_gives_the_same_bytes(tmp_path):
    write_imdb(tmp_path)
    for name in ("one", "two"):
        collect_reviews(tmp_path / name, tmp_path, tmp_path, known_reviews())
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert np.load(one[1])["train_ids"].dtype == np.int32
