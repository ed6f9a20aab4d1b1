"""scikit-learn's digits and, if requested, MNIST from Keras or from a mirror, to data/raw/digits."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.files import write_json
from pipeline.sources import keras_loaders
from pipeline.sources.flat_arrays import expect_content
from pipeline.sources.images.idx import read_idx
from pipeline.sources.images.images import Images, write
from pipeline.sources.mirror_files import REMEDY, mirrored

MNIST_LICENCE = "CC BY-SA 3.0; LeCun, Cortes"
MNIST_TEST = "019f0a166d12727a16ab199dd227dfa586d928ba98b1af7a3543e61271701192"  # digest of a mirror's arrays


def collect_digits(
    out: Path, mirror: Path | None, downloads: Path, absent: str | None = None, test: str = MNIST_TEST
) -> dict[str, Any]:
    """Fill `out` with digits.npz, mnist.npz and card.json and return the card. Raises UserError.

    `absent` is the reason why MNIST is left out, None if it is wanted; `test` the digest of a mirror's MNIST.
    """
    sets = {"digits": write(out, "digits", shipped())}
    if absent:
        sets["mnist"] = {"data": None, "why": absent}
    else:
        sets["mnist"] = write(out, "mnist", mirrored_mnist(mirror, test) if mirror else keras_mnist(downloads))
    data = [card["data"] for card in sets.values() if card["data"]]
    card = {"family": "digits", "data": " and ".join(data), "sets": sets}
    write_json(out / "card.json", card)
    return card


def shipped() -> Images:
    """Load scikit-learn's digits: 1,797 images of 8 x 8, values 0 to 16."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    licence = "CC BY 4.0; Alpaydin, Kaynak: Optical Recognition of Handwritten Digits, 1998"
    card = {"data": "scikit-learn's digits", "kind": "other", "source": "scikit-learn", "licence": licence}
    return _with_counts(digits.images.astype(np.uint8), digits.target.astype(np.uint8), 0, card)


def mirrored_mnist(mirror: Path, test: str = MNIST_TEST) -> Images:
    """Read the 10,000 test images of a mirror. Raises UserError."""
    paths = mirrored(mirror, "mnist", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
    images, labels = (read_idx(path, dimensions, REMEDY) for path, dimensions in zip(paths, (3, 1), strict=True))
    expect_content(mirror / "mnist", {"images": images, "labels": labels}, test, REMEDY)
    card = {"data": "MNIST's test images", "kind": "other", "source": "mirror", "licence": MNIST_LICENCE}
    return _with_counts(images, labels, 0, card)


def keras_mnist(downloads: Path) -> Images:
    """Load MNIST from Keras: 60,000 training images, then 10,000 test images. Raises UserError."""
    train, test = keras_loaders.mnist(downloads)
    images, labels = (np.concatenate(arrays) for arrays in zip(train, test, strict=True))
    card = {"data": "MNIST", "kind": "document", "source": "keras", "licence": MNIST_LICENCE}
    return _with_counts(images, labels, len(train[1]), card)


def _with_counts(images: np.ndarray, labels: np.ndarray, train: int, card: dict[str, Any]) -> Images:
    counts = {"images": len(labels)} | ({"to train": train} if train else {})
    return Images(images, labels, np.arange(len(labels)) < train, {**card, "counts": counts})
