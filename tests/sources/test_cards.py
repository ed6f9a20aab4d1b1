"""The card of a folder: there, absent with a reason, or broken."""

import pytest

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.sources.cards import fetched, read_card

CARD = {"data": "IMDB", "sha256": "00"}


def test_a_card(tmp_path):
    write_json(tmp_path / "card.json", CARD)
    assert read_card(tmp_path) == CARD


def test_no_data(tmp_path):
    write_json(tmp_path / "card.json", {"data": None, "why": "run.originals is false; ORIGINALS=1 fetches it"})
    with pytest.raises(UserError, match=r"card\.json: there is no data: run\.originals is false; ORIGINALS=1"):
        read_card(tmp_path)


def test_a_card_that_lacks_a_key(tmp_path):
    write_json(tmp_path / "card.json", CARD)
    with pytest.raises(UserError, match=r"card\.json is incomplete: it has no sets;\nremove its folder"):
        read_card(tmp_path, "sets")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "3", "[" * 100_000, "9" * 5000])
def test_no_card(tmp_path, content):
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(UserError, match=r"card\.json is not .*\nremove its folder"):
        read_card(tmp_path)


def test_originals_are_fetched_where_a_card_tells_of_data(tmp_path):
    assert not fetched(tmp_path)
    write_json(tmp_path / "card.json", {"data": None, "why": "run.originals is false"})
    assert not fetched(tmp_path)
    write_json(tmp_path / "card.json", CARD)
    assert fetched(tmp_path)
