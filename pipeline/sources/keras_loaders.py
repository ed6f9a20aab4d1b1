"""The originals that Keras fetches and verifies: IMDB, Reuters, MNIST, and the archive of the Jena climate.

Keras compares what it fetches with the checksums in its own code (none is published for the archive) and then opens the
texts with pickle, which it guards itself. Only plain arrays leave this module. Its cache is below data/downloads, never
in the user's home, so that a second run needs no network.
"""

import errno
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import UserError
from pipeline.sources.fetch import ELSE

Flat = tuple[np.ndarray, np.ndarray, np.ndarray]  # word ids of all texts, their lengths, their labels; int32
CLIMATE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/jena_climate_2009_2016.csv.zip"
OTHER = f"another version of Keras may ship different data; install requirements.lock, {ELSE}"
SECONDS = 60.0  # without a byte; Keras itself would wait for ever


def reviews(downloads: Path) -> tuple[list[Flat], dict[str, int]]:
    """Load IMDB's training and test reviews with all words, and the word index. Raises UserError."""
    with _keras(downloads, "IMDB") as keras:
        parts = keras.datasets.imdb.load_data()
        words = keras.datasets.imdb.get_word_index()
    return [_flat(*part) for part in parts], words


def newswire(downloads: Path) -> tuple[Flat, dict[str, int], list[str]]:
    """Load all Reuters newswires in Keras' order, the word index and the topics. Raises UserError."""
    with _keras(downloads, "Reuters") as keras:
        wires, _none = keras.datasets.reuters.load_data(test_split=0.0)
        words = keras.datasets.reuters.get_word_index()
        topics = list(keras.datasets.reuters.get_label_names())
    return _flat(*wires), words, topics


def mnist(downloads: Path) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Load MNIST's (images, labels) for training and for the test, uint8. Raises UserError."""
    with _keras(downloads, "MNIST") as keras:
        train, test = keras.datasets.mnist.load_data()
    return train, test


def climate_archive(downloads: Path, url: str = CLIMATE) -> Path:
    """Fetch the zip with the Jena climate 2009-2016, unverified, and return its path. Raises UserError."""
    with _keras(downloads, "the Jena climate") as keras:
        return Path(keras.utils.get_file(origin=url, cache_dir=_home(downloads)))


def _flat(rows: Sequence[list[int]], labels: np.ndarray) -> Flat:
    lengths = np.array([len(row) for row in rows], np.int32)
    ids = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
    return ids, lengths, labels.astype(np.int32)


def _home(downloads: Path) -> str:
    return str((downloads / "keras").resolve())


@contextmanager
def _keras(downloads: Path, what: str) -> Iterator[Any]:
    """Yield the keras module, quiet and with its cache below `downloads`; failures become UserError."""
    keras = _import_keras(_home(downloads))
    talks, patience = keras.config.is_interactive_logging_enabled(), socket.getdefaulttimeout()
    keras.config.disable_interactive_logging()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield keras
    except Exception as error:  # Keras raises plain Exception
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(f"Keras could not fetch {what}: {' '.join(str(error).split())};\ntry again, {ELSE}") from None
    finally:
        socket.setdefaulttimeout(patience)
        if talks:
            keras.config.enable_interactive_logging()


def _import_keras(home: str) -> Any:
    # Keras reads KERAS_HOME only on import, and uses /tmp if the folder does not exist.
    if "keras" in sys.modules and os.environ.get("KERAS_HOME") != home:
        raise RuntimeError(f"keras was imported before its home was set to {home}")
    Path(home).mkdir(parents=True, exist_ok=True)
    os.environ["KERAS_HOME"] = home
    from pipeline.networks.runtime import start_tensorflow

    start_tensorflow()
    import keras

    return keras
