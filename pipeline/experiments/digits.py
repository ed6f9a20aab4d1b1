"""Digits read row by row, and the advice of document 003 as experiments (protocols, section 5.3).

The document loads MNIST and plans an LSTM, but trains nothing. Instead it gives advice: forget bias 1, softsign, early
stopping, L1, L2 and dropout, depth, RMSProp, AdaGrad and Nesterov. It names no data for this advice, so scikit-learn's
1,797 digits of 8 x 8 pixels are used (UCI, Alpaydin and Kaynak 1998), one row per timestep, and MNIST where it can be
fetched. Each seed draws its own split: three fifths for training, a fifth for validation, a fifth for the test. A few
seconds per seed on one core.
Command: `make reproduce`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Family, Inputs, Leakage
from pipeline.sources.images.images import read
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.data import Data, fixed, shuffled
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Count
from pipeline.spec.sounds import Sounds

CLASSES = 10
_BRIGHTEST = {"digits": 16.0, "mnist": 255.0}
_SIDE = {"digits": 8, "mnist": 28}


class DigitExperiment(Experiment):
    """A network that reads an image from top to bottom."""

    images: Literal["digits", "mnist"] = "digits"
    train_size: Count = 0  # number of training images; 0: all of the training part

    @property
    def needs_original(self) -> bool:
        """Only MNIST must be fetched."""
        return self.images == "mnist"


class Digits(Family[DigitExperiment]):
    """Which digit is it, read row by row?"""

    name = "digits"
    title = "Digits, row by row"
    deviations = (
        "The document plans an LSTM on MNIST and trains nothing. Its advice is tested on scikit-learn's digits, one "
        "change at a time, and says something of these alone.",
    )
    experiment = DigitExperiment
    part = "images"

    def folder(self, experiment: DigitExperiment) -> str:
        """Experiments on the same images share their windows."""
        return experiment.images

    def make_windows(self, experiments: Sequence[DigitExperiment], inputs: Inputs, out: Path) -> Leakage:
        """Write the images of each available set, brightness 0 to 1. No image occurs twice, so nothing can leak."""
        for name in dict.fromkeys(experiment.images for experiment in experiments):
            if not (inputs.raw / f"{name}.npz").exists():
                continue
            found = read(inputs.raw, name)
            brightness = found.images.astype(np.float32) / _BRIGHTEST[name]
            arrays = {"sequences": brightness, "targets": found.labels, "training": found.training}
            write_windows(out / name, [(self.part, arrays)], {key: found.card[key] for key in ("data", "kind")})
        return {}

    def load(self, experiment: DigitExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """Each seed draws its own split."""
        arrays = once(read_windows, windows / self.folder(experiment), self.part)
        pool, validation, test = parts(arrays["training"], seed)
        train = pool[: experiment.train_size or None]
        return Data(
            sequences=arrays["sequences"],
            lengths=np.full(len(arrays["targets"]), arrays["sequences"].shape[1], np.int32),
            targets=arrays["targets"].astype(np.int32),
            train=shuffled(train, experiment.batch, seed),
            validation=fixed(validation),
            test=test,
            shown=test[:3],
            labels=[str(digit) for digit in range(CLASSES)],
            masked=False,
            pool=len(pool),
        )

    def shape(self, experiment: DigitExperiment, sounds: Sounds) -> tuple[int, int, int]:
        """The rows and columns of an image, and ten logits."""
        side = _SIDE[experiment.images]
        return side, side, CLASSES


def parts(training: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the rows for training, validation and test by the seed: three fifths, a fifth and a fifth.

    training: (rows,), nonzero for rows in the data set's own training part. Where there are any, a fourth of them
    validates, and all other rows test.
    """
    drawn = np.random.default_rng([seed, 3]).permutation(len(training)).astype(np.int32)
    if not training.any():
        train, validation, test = np.split(drawn, [len(drawn) * 3 // 5, len(drawn) * 4 // 5])
        return train, validation, test
    learned = drawn[training[drawn] > 0]
    train, validation = np.split(learned, [len(learned) * 3 // 4])
    return train, validation, drawn[training[drawn] == 0]
