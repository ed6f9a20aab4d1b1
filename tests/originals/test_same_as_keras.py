"""The words of the real mirror through Keras' own code give the arrays that the mirror gives, to the last bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.sources import keras_loaders
from pipeline.sources.flat_arrays import content_digest
from pipeline.sources.texts import texts
from pipeline.sources.texts.mirror import mirrored_newswire, mirrored_reviews
from pipeline.sources.texts.originals import IMDB, REUTERS
from pipeline.sources.texts.texts import Texts
from tests.originals.test_mirrored import folder  # noqa: F401  a fixture
from tests.sources.test_keras_loaders import ragged


@pytest.fixture
def downloads(tensorflow, monkeypatch, tmp_path):
    """Return a folder for downloads whose cache Keras takes for its own, and takes unverified."""
    from keras.src.backend import config
    from keras.src.datasets import imdb, reuters

    home = tmp_path / "keras"
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.setattr(config, "_KERAS_DIR", str(home))
    for module in (imdb, reuters):
        monkeypatch.setattr(module, "get_file", lambda fname, origin, file_hash: str(home / fname))
    home.mkdir()
    return tmp_path


def keep(downloads: Path, name: str, words: dict[str, int], **arrays: np.ndarray) -> None:
    """Write what Keras would have fetched to its cache."""
    np.savez(downloads / "keras" / f"{name}.npz", **arrays)
    (downloads / "keras" / f"{name}_word_index.json").write_text(json.dumps(words))


def flat(path: Path, part: str) -> texts.Texts:
    """Return the words of a mirror as they are."""
    with np.load(path) as file:
        return texts.Texts(file[f"tokens{part}"], file[f"lengths{part}"], file[f"y{part}"].astype(np.int64))


def digest_of(parts: dict[str, texts.Texts]) -> str:
    """Return the digest of parts by their prefix."""
    return content_digest(
        {name: array for prefix, part in parts.items() for name, array in part.arrays(prefix).items()}
    )


def test_reviews(folder, downloads):  # noqa: F811
    train, test = (flat(folder / "imdb" / "imdb_flat.npz", part) for part in ("_train", "_test"))
    arrays = {"x_train": ragged(train), "y_train": train.labels, "x_test": ragged(test), "y_test": test.labels}
    keep(downloads, "imdb", {"the": 1}, **arrays)
    parts, words = keras_loaders.reviews(downloads)
    train, test = (Texts(*part) for part in parts)
    assert words == {"the": 1}
    assert digest_of({"train_": train, "test_": test}) == IMDB.sha256
    (train, test), _words = mirrored_reviews(folder)
    assert digest_of({"train_": train, "test_": test}) == IMDB.sha256


def test_wires(folder, downloads):  # noqa: F811
    wires = flat(folder / "reuters" / "reuters_flat.npz", "")
    keep(downloads, "reuters", {"the": 1}, x=ragged(wires), y=wires.labels)
    fetched, _words, topics = keras_loaders.newswire(downloads)
    mirrored, _words, same_topics = mirrored_newswire(folder)
    assert topics == same_topics
    assert digest_of({"": Texts(*fetched)}) == digest_of({"": mirrored}) == REUTERS.sha256


def test_matrices(folder, downloads):  # noqa: F811
    wires = flat(folder / "reuters" / "reuters_flat.npz", "")
    keep(downloads, "reuters", {"the": 1}, x=ragged(wires), y=wires.labels)
    import keras

    (rows, _labels), (test_rows, _test_labels) = keras.datasets.reuters.load_data(num_words=1000, test_split=0.2)
    mirrored, _words, _topics = mirrored_newswire(folder)
    for first, last, expected in ((0, 8982, rows), (8982, 11228, test_rows)):
        part = mirrored.rows(first, last)
        matrix = texts.as_matrix(part.ids, part.lengths, 1000, 100)
        assert np.array_equal(matrix, keras.utils.pad_sequences(expected, maxlen=100))
