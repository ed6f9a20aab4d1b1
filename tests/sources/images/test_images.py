"""Images of digits: written, read back, refused where they are not as written."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.sources.images.images import Images, read, write
from tests.made_originals import mnist


@pytest.fixture
def folder(tmp_path):
    """Return a folder with digits and no MNIST."""
    images, labels = mnist(6)
    card = write(tmp_path, "digits", Images(images, labels, np.arange(6) < 4, {"data": "made"}))
    absent = {"data": None, "why": "run.originals is false"}
    write_json(tmp_path / "card.json", {"data": "made", "sets": {"digits": card, "mnist": absent}})
    return tmp_path


def test_what_is_written_is_read(folder):
    images, labels = mnist(6)
    found = read(folder, "digits")
    assert np.array_equal(found.images, images) and np.array_equal(found.labels, labels)
    assert found.training.tolist() == [True] * 4 + [False] * 2
    assert found.card["data"] == "made" and len(found.card["sha256"]) == 64


def test_what_was_not_wanted(folder):
    with pytest.raises(UserError, match=r"card\.json: there is no data: run\.originals is false"):
        read(folder, "mnist")


def test_a_truncated_npz(folder):
    path = folder / "digits.npz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"digits\.npz is not an npz file or was cut off"):
        read(folder, "digits")


def test_another_content(folder):
    images, labels = mnist(7)
    write(folder, "digits", Images(images, labels, np.arange(7) < 4, {}))
    with pytest.raises(UserError, match=r"digits\.npz: the content has the sha256"):
        read(folder, "digits")


@pytest.mark.parametrize("sets", [[], "mnist", {}, {"mnist": None}, {"mnist": {}}])
def test_a_card_without_the_set(tmp_path, sets):
    write_json(tmp_path / "card.json", {"data": "MNIST", "sets": sets})
    with pytest.raises(UserError, match=r"card\.json(:| is incomplete: it has no set mnist;)"):
        read(tmp_path, "mnist")
