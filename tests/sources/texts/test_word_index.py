"""The word index and the topics: read whole, or the fault is told."""

import json

import pytest

from pipeline.base.console import UserError
from pipeline.sources.texts.word_index import read_topics, read_words


def test_words_and_topics(tmp_path):
    (tmp_path / "words.json").write_text('{"tüte": 2, "the": 1}', encoding="utf-8")
    (tmp_path / "topics.json").write_text('["grain", "gold"]')
    assert read_words(tmp_path / "words.json") == {"tüte": 2, "the": 1}
    assert read_topics(tmp_path / "topics.json") == ["grain", "gold"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1', b"\xff\xfe", b'{"\xe4": 1}'])
@pytest.mark.parametrize("read", [read_words, read_topics])
def test_not_json(tmp_path, content, read):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.json is not JSON \(.*\);\nmend it"):
        read(tmp_path / "x.json", "mend it")


@pytest.mark.parametrize("words", [["a"], 3, {"a": "1"}, {"a": 1.0}, {"a": True}, {"a": None}])
def test_not_a_word_index(tmp_path, words):
    (tmp_path / "x.json").write_text(json.dumps(words))
    with pytest.raises(UserError, match=r"x\.json is not a word index"):
        read_words(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("words", "wrong"), [({"a": 0}, 0), ({"a": 1, "b": 1}, 2), ({"a": 1, "b": 3}, 2), ({"a": -4}, -4)]
)
def test_ids_that_do_not_count_from_one(tmp_path, words, wrong):
    (tmp_path / "x.json").write_text(json.dumps(words))
    with pytest.raises(UserError, match=rf"x\.json: the id {wrong} is duplicated, missing or out of range"):
        read_words(tmp_path / "x.json")


@pytest.mark.parametrize("topics", [[], {}, [1], "grain"])
def test_not_topics(tmp_path, topics):
    (tmp_path / "x.json").write_text(json.dumps(topics))
    with pytest.raises(UserError, match=r"x\.json is not a list of names of topics"):
        read_topics(tmp_path / "x.json")


@pytest.mark.parametrize("read", [read_words, read_topics])
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"9" * 5000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"NaN",
        b'["\\ud800"]',
        b'{"\\ud800": 1}',
    ],
)
def test_json_that_is_deep_huge_or_no_text(tmp_path, read, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.json (is not|has a word that is no text)[^\n]{,300}\nmend it"):
        read(tmp_path / "x.json", "mend it")


def test_a_number_of_thousands_of_digits_is_not_shown(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"a": 10**4000}))
    with pytest.raises(UserError, match=r"x\.json: the id 1 is duplicated, missing or out of range"):
        read_words(tmp_path / "x.json")
