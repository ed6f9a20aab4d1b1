"""scikit-learn's digits are always there; MNIST where it is wanted, from a mirror only its test images."""

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources.flat_arrays import content_digest
from pipeline.sources.images.images import read
from pipeline.sources.images.originals import collect_digits
from tests.made_originals import mnist, write_mnist

IMAGES, LABELS = mnist(5)
TEST = content_digest({"images": IMAGES, "labels": LABELS})


def test_the_digits_that_scikit_learn_ships(tmp_path):
    card = collect_digits(tmp_path / "out", None, tmp_path, "run.originals is false")
    digits = read(tmp_path / "out", "digits")
    assert digits.images.shape == (1797, 8, 8) and digits.images.dtype == np.uint8 and digits.images.max() == 16
    assert digits.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1] and not digits.training.any()
    assert digits.images[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert card["data"] == "scikit-learn's digits"
    assert card["sets"]["mnist"] == {"data": None, "why": "run.originals is false"}
    assert not (tmp_path / "out" / "mnist.npz").exists()


def test_a_mirror_is_not_looked_at_where_mnist_is_not_wanted(tmp_path):
    collect_digits(tmp_path / "out", tmp_path / "nowhere", tmp_path, "why")


def test_the_test_images_of_a_mirror(tmp_path):
    write_mnist(tmp_path, IMAGES, LABELS)
    card = collect_digits(tmp_path / "out", tmp_path, tmp_path, test=TEST)
    found = read(tmp_path / "out", "mnist")
    assert np.array_equal(found.images, IMAGES) and np.array_equal(found.labels, LABELS)
    assert not found.training.any()
    assert card["data"] == "scikit-learn's digits and MNIST's test images"
    assert card["sets"]["mnist"]["kind"] == "other" and card["sets"]["mnist"]["source"] == "mirror"


def test_other_images_are_refused(tmp_path):
    write_mnist(tmp_path, IMAGES, LABELS[::-1])
    with pytest.raises(UserError, match=r"mnist: the content has the sha256"):
        collect_digits(tmp_path / "out", tmp_path, tmp_path, test=TEST)


def test_truncated_images(tmp_path):
    path = write_mnist(tmp_path, IMAGES, LABELS) / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(
        UserError, match=r"t10k-images-idx3-ubyte\.gz is not a gzip file or was cut off .*\nput a complete"
    ):
        collect_digits(tmp_path / "out", tmp_path, tmp_path, test=TEST)


def test_a_mirror_without_the_folder(tmp_path):
    with pytest.raises(UserError, match=r"there is no folder .*mnist"):
        collect_digits(tmp_path / "out", tmp_path, tmp_path, test=TEST)
