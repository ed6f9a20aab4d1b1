"""Digits read row by row, and the advice of document 003 as experiments (protocols, section 5.3).

The document loads MNIST, plans an LSTM and trains nothing; it gives advice: forget bias 1, softsign, early stopping,
L1, L2 and dropout, depth, RMSProp, AdaGrad and Nesterov. It names no data for it, so scikit-learn's 1,797 digits of
8 x 8 serve (UCI, Alpaydin and Kaynak 1998), a row a timestep; MNIST where it can be had. A seed draws its own split:
three fifths train, a fifth validates, a fifth tests. A few seconds a seed on one core. Command: `make reproduce`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.experiments import Count
from pipeline.experiments import Experiment as Base
from pipeline.experiments.common import class_example, each_seed, need, source_of
from pipeline.networks import build
from pipeline.params import Params
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.data import Data, Source, fixed, shuffled

CLASSES = 10
_PART = "images"
_BRIGHTEST = {"digits": 16.0, "mnist": 255.0}
_SIDE = {"digits": 8, "mnist": 28}

TITLE = "Digits, row by row"
DEVIATIONS = (
    "The document plans an LSTM on MNIST and trains nothing. Its advice is tested on scikit-learn's digits, one change "
    "at a time, and says something of these alone.",
)


class Experiment(Base):
    """A network that reads an image from top to bottom."""

    images: Literal["digits", "mnist"] = "digits"
    train_size: Count = 0  # how many images to learn from; 0: all of the training part

    @property
    def needs_original(self) -> bool:
        """Say whether the images must be fetched."""
        return self.images == "mnist"


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return _typed(experiment).images


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the images of each set that is there, brightness 0 to 1. No image is there twice, so nothing can leak."""
    from pipeline.sources.images.images import read

    for name in dict.fromkeys(_typed(experiment).images for experiment in experiments):
        if not (raw / f"{name}.npz").exists():
            continue
        found = read(raw, name)
        brightness = found.images.astype(np.float32) / _BRIGHTEST[name]
        arrays = {"sequences": brightness, "targets": found.labels, "training": found.training}
        kind = found.card["kind"] if name == "mnist" else "document"  # which names no data for its advice
        write_windows(out / name, [(_PART, arrays)], {"data": found.card["data"], "kind": kind})
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run. Raises UserError if the images were not fetched."""
    need(windows / folder(experiment), experiment.name)
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is."""
    return source_of(windows / folder(experiment), _PART)


def parts(training: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows that train, validate and test, drawn by the seed: three fifths, a fifth and a fifth.

    training: (rows,) of what the makers of the images train on. Where they say so, a fourth of that validates, and the
    other rows test.
    """
    drawn = np.random.default_rng([seed, 3]).permutation(len(training)).astype(np.int32)
    if not training.any():
        train, validation, test = np.split(drawn, [len(drawn) * 3 // 5, len(drawn) * 4 // 5])
        return train, validation, test
    learned = drawn[training[drawn] > 0]
    train, validation = np.split(learned, [len(learned) * 3 // 4])
    return train, validation, drawn[training[drawn] == 0]


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run."""
    one = _typed(experiment)
    arrays = read_windows(windows / folder(one), _PART)
    train, validation, test = parts(arrays["training"], seed)
    train = train[: one.train_size or None]
    return Data(
        sequences=arrays["sequences"],
        lengths=np.full(len(arrays["targets"]), arrays["sequences"].shape[1], np.int32),
        targets=arrays["targets"].astype(np.int32),
        train=shuffled(train, one.batch, seed),
        validation=fixed(validation),
        test=test,
        shown=test[:3],
        labels=[str(digit) for digit in range(CLASSES)],
        source=source(experiment, seed, fold, windows),
        masked=False,
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    return build(experiment, data, data.sequences.shape[2], None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs)."""
    side = _SIDE[_typed(experiment).images]
    return side, side, CLASSES


def example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example: the digit and the estimate."""
    return class_example(data, row, logits)
