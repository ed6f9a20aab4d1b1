"""The way through Keras, against a server that stands for the real one: fetched once, verified, as a mirror has it."""

import errno
import hashlib
import io
import json
import os
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.sources import keras_loaders
from pipeline.sources.climate.originals import NAME, collect_climate
from pipeline.sources.images.originals import keras_mnist
from pipeline.sources.texts.originals import collect_newswire, collect_reviews
from tests.made_originals import (
    TEST,
    TRAIN,
    WIRES,
    WORDS,
    csv,
    known_newswire,
    known_reviews,
    known_weather,
    mnist,
    weather,
    write_imdb,
    write_reuters,
)

pytestmark = pytest.mark.usefixtures("tensorflow")


def ragged(texts) -> np.ndarray:
    """Return texts as Keras keeps them: an array of lists, which needs pickle."""
    ends = np.cumsum(texts.lengths)[:-1]
    rows = np.empty(len(texts.lengths), object)
    rows[:] = [row.tolist() for row in np.split(texts.ids, ends)]
    return rows


def npz(**arrays: np.ndarray) -> bytes:
    """Return the bytes of an npz."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    """Return a zip with one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return stream.getvalue()


def published() -> dict[str, bytes]:
    """Return the files that the server has: what Keras would fetch, with the made content."""
    (images, labels), (more_images, more_labels) = mnist(6), mnist(2)
    texts = {"x_train": ragged(TRAIN), "y_train": TRAIN.labels, "x_test": ragged(TEST), "y_test": TEST.labels}
    return {
        "imdb.npz": npz(**texts),
        "imdb_word_index.json": json.dumps(WORDS).encode(),
        "reuters.npz": npz(x=ragged(WIRES), y=WIRES.labels),
        "reuters_word_index.json": json.dumps(WORDS).encode(),
        "mnist.npz": npz(x_train=images, y_train=labels, x_test=more_images, y_test=more_labels),
        f"{NAME}.zip": zipped(NAME, csv(weather(13))),
    }


class Handler(BaseHTTPRequestHandler):
    """Answers with the files of its class; a file of which `cut` is the name ends half way."""

    files: dict[str, bytes]
    asked: list[str]
    cut = ""

    def do_GET(self) -> None:
        name = PurePosixPath(self.path).name
        self.asked.append(name)
        if name not in self.files:
            return self.send_error(404)
        content = self.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name == self.cut else content)

    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Return the handler of a server that Keras asks, with the made files' checksums and a cache of this test alone."""
    import keras
    from keras.src.backend import config
    from keras.src.datasets import imdb, reuters
    from keras.src.datasets import mnist as digits

    home = str(tmp_path / "downloads" / "keras")
    monkeypatch.setenv("KERAS_HOME", home)
    monkeypatch.setattr(config, "_KERAS_DIR", home)
    handler = type("Bound", (Handler,), {"files": published(), "asked": []})
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in handler.files.items()}
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        handler.address = f"http://127.0.0.1:{http.server_port}"

        def ask(fname, origin, file_hash):
            return keras.utils.get_file(fname, f"{handler.address}/{fname}", file_hash=sums[fname])

        for module in (imdb, reuters, digits):
            monkeypatch.setattr(module, "get_file", ask)
        yield handler
        http.shutdown()


def bytes_of(folder) -> dict[str, bytes]:
    """Return the content of the files of a folder, but for the card, which tells the source."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.json"}


def test_reviews_are_the_same_as_from_a_mirror(server, tmp_path):
    write_imdb(tmp_path)
    here = collect_reviews(tmp_path / "mirrored", tmp_path, tmp_path, known_reviews())
    there = collect_reviews(tmp_path / "fetched", None, tmp_path / "downloads", known_reviews())
    assert there == {**here, "source": "keras"}
    assert bytes_of(tmp_path / "fetched") == bytes_of(tmp_path / "mirrored")


def test_wires_are_the_same_as_from_a_mirror(server, tmp_path):
    folder = write_reuters(tmp_path)
    import keras

    topics = list(keras.datasets.reuters.get_label_names())
    (folder / "reuters_topics.json").write_text(json.dumps(topics))
    here = collect_newswire(tmp_path / "mirrored", tmp_path, tmp_path, known_newswire())
    there = collect_newswire(tmp_path / "fetched", None, tmp_path / "downloads", known_newswire())
    assert there == {**here, "source": "keras"}
    assert bytes_of(tmp_path / "fetched") == bytes_of(tmp_path / "mirrored")


def test_mnist(server, tmp_path):
    found = keras_mnist(tmp_path / "downloads")
    parts = [mnist(6), mnist(2)]
    assert np.array_equal(found.images, np.concatenate([images for images, _labels in parts]))
    assert np.array_equal(found.labels, np.concatenate([labels for _images, labels in parts]))
    assert found.training.tolist() == [True] * 6 + [False] * 2
    assert found.card["counts"] == {"images": 8, "to train": 6} and found.card["kind"] == "document"


def climate(server, tmp_path):
    """Collect the climate from the server."""
    address = f"{server.address}/{NAME}.zip"
    return collect_climate(tmp_path / "out", None, tmp_path / "downloads", known_weather(weather(13)), address)


def test_the_climate(server, tmp_path):
    card = climate(server, tmp_path)
    assert card["data"] == "Jena climate 2009-2016" and card["source"] == "keras"
    assert (tmp_path / "out" / "table.csv").read_bytes() == csv(weather(13))


def test_what_was_fetched_is_not_fetched_again_and_lies_below_downloads(server, tmp_path, capfd):
    for _time in range(2):
        keras_loaders.reviews(tmp_path / "downloads")
        climate(server, tmp_path)
    assert server.asked == ["imdb.npz", "imdb_word_index.json", f"{NAME}.zip"]
    cache = tmp_path / "downloads" / "keras" / "datasets"
    assert sorted(path.name for path in cache.iterdir()) == sorted(server.asked)
    assert capfd.readouterr() == ("", "")


def test_a_wrong_checksum(server, tmp_path):
    whole = server.files["imdb.npz"]
    server.files["imdb.npz"] = whole[:-1] + b"x"
    with pytest.raises(
        UserError, match=r"^Keras could not fetch IMDB: Incomplete or corrupted file .*;\ntry again, or set"
    ):
        collect_reviews(tmp_path / "out", None, tmp_path / "downloads", known_reviews())
    assert not (tmp_path / "out").exists()
    server.files["imdb.npz"] = whole
    collect_reviews(tmp_path / "out", None, tmp_path / "downloads", known_reviews())
    assert server.asked == ["imdb.npz", "imdb.npz", "imdb_word_index.json"]


def test_another_content_behind_the_right_checksum(server, tmp_path):
    with pytest.raises(
        UserError, match=r"^IMDB from keras\.datasets: .* has 9 words, .*\nanother version of Keras may ship different"
    ):
        collect_reviews(tmp_path / "out", None, tmp_path / "downloads")


@pytest.mark.parametrize("name", ["reuters.npz", "reuters_word_index.json"])
def test_a_cut_connection_leaves_nothing(server, tmp_path, name):
    server.cut = name
    with pytest.raises(UserError, match=rf"^Keras could not fetch Reuters: URL fetch failure on .*{name}"):
        keras_loaders.newswire(tmp_path / "downloads")
    assert not (tmp_path / "downloads" / "keras" / "datasets" / name).exists()


def test_404(server, tmp_path):
    del server.files["mnist.npz"]
    with pytest.raises(
        UserError, match=r"^Keras could not fetch MNIST: URL fetch failure on .*mnist\.npz: 404 -- Not Found"
    ):
        keras_loaders.mnist(tmp_path / "downloads")


def test_another_climate_than_the_documents_is_refused_and_removed(server, tmp_path):
    server.files[f"{NAME}.zip"] = zipped(NAME, csv(weather(7)))
    with pytest.raises(
        UserError, match=r"\.zip is not the archive of .* \(it has 7 rows, expected 13\); it was removed\.\n"
    ):
        climate(server, tmp_path)
    assert not list((tmp_path / "downloads" / "keras" / "datasets").iterdir())
    server.files[f"{NAME}.zip"] = zipped(NAME, csv(weather(13)))
    climate(server, tmp_path)


def test_an_archive_with_another_file_in_it(server, tmp_path):
    server.files[f"{NAME}.zip"] = zipped("other.csv", csv(weather(13)))
    with pytest.raises(UserError, match=r"\.zip is not the archive of .* it was removed"):
        climate(server, tmp_path)


def test_a_full_disk_is_told_as_what_it_is(server, tmp_path, monkeypatch):
    def full(*_arguments, **_more):
        raise OSError(errno.ENOSPC, "No space left on device", "x.zip")

    monkeypatch.setattr("keras.utils.get_file", full)
    with pytest.raises(OSError, match="No space left"):
        keras_loaders.climate_archive(tmp_path / "downloads")


def test_a_cache_elsewhere_is_never_written(monkeypatch, tmp_path):
    assert "keras" in sys.modules
    monkeypatch.delenv("KERAS_HOME", raising=False)
    with pytest.raises(RuntimeError, match="keras was imported before its home was set"):
        keras_loaders.reviews(tmp_path)
    assert "KERAS_HOME" not in os.environ and not list(tmp_path.iterdir())
