"""Strings of an automaton: is this a valid expression? (document 000; protocols, sections 1, 3 and 7)

LSTM(64) over one-hot symbols, sigmoid at each string's own end, 10 epochs of 10,000 fresh strings, N(0, 0.03) weights,
Adam, batch 10. Figure of the document: test accuracy 0.902. Seed 0 is the document's own random stream (1234): the same
strings, the same first weights. About half a minute a seed on one core. Command: `make reproduce`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from pipeline.experiments import Count
from pipeline.experiments import Experiment as Base
from pipeline.experiments.common import each_seed, source_of
from pipeline.networks import build
from pipeline.params import Params
from pipeline.sources.generated.string_windows import SHOWN, write_seeds
from pipeline.sources.generated.strings import ALPHABET, LONGEST, as_text
from pipeline.sources.window_files import read_windows
from pipeline.spec.data import Data, Source

LABELS = ["잘못된 패턴", "올바른 패턴"]
ESTIMATES = ["탈락추정", "합격추정"]

TITLE = "Strings of an automaton"
DEVIATIONS = (
    "Seed 0 draws the document's own strings and first weights. The figures still differ in the third digit, for sums "
    "are rounded in float32 and in another order.",
    "The ReLU networks of the same book (am_rnn_*) are not in the documents; they are here because their figures jump "
    "with the seed, and with rounding alone.",
)


class Experiment(Base):
    """Strings to learn from: `samples` fresh ones an epoch, 100 to validate after every `report` epochs.

    A seed of the corrected protocol has the same strings for every network that is trained on as many epochs of them;
    `strings_of` says how many that are where a network is not trained as long.
    """

    samples: Annotated[int, Field(ge=10)] = 10_000
    report: Annotated[int, Field(gt=0)] = 2
    validation: Annotated[int, Field(gt=0)] = 100
    test: Annotated[int, Field(gt=0)] = 1000
    first_seed: int = 1234
    strings_of: Count = 0

    @property
    def drawn(self) -> int:
        """Return how many epochs of strings are drawn."""
        return self.strings_of or self.epochs


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    one = _typed(experiment)
    if one.protocol == "as_written":  # its first weights come from the same stream as its strings
        return one.name
    return "-".join(map(str, (one.first_seed, one.drawn, one.samples, one.report, one.validation, one.test)))


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the strings of every experiment and seed. Nothing can leak: every string is drawn once."""
    for place, experiment in {folder(experiment): experiment for experiment in experiments}.items():
        write_seeds(experiment, params.most_seeds, out / place)
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run: there are no folds."""
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is: drawn as the document drew it."""
    return source_of(windows / folder(experiment), f"seed_{seed}")


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run: fresh strings every epoch, in the order they were drawn."""
    one = _typed(experiment)
    arrays = read_windows(windows / folder(one), f"seed_{seed}")
    samples, report, size = one.samples, one.report, one.validation
    first_validation = one.drawn * samples
    first_test = first_validation + one.drawn // report * size
    batches = samples // experiment.batch
    rows = np.arange(len(arrays["lengths"]), dtype=np.int32)

    def order(epoch: int) -> np.ndarray:
        start = (epoch - 1) * samples
        return rows[start : start + batches * experiment.batch].reshape(batches, experiment.batch)

    def measured(epoch: int) -> np.ndarray:
        if epoch % report:
            return rows[:0]
        start = first_validation + (epoch // report - 1) * size
        return rows[start : start + size]

    return Data(
        sequences=arrays["symbols"],
        lengths=arrays["lengths"],
        targets=arrays["targets"],
        train=order,
        validation=measured,
        test=rows[first_test:-SHOWN],
        shown=rows[-SHOWN:],
        labels=LABELS,
        source=source(experiment, seed, fold, windows),
        fresh=True,
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    one = _typed(experiment)
    random = np.random.RandomState(one.first_seed + seed) if one.protocol == "as_written" else None
    return build(one, data, len(ALPHABET), random, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs)."""
    return LONGEST, len(ALPHABET), 1


def example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example as document 000 prints it: the string, what it is, the estimate, O or X."""
    chance = float(1 / (1 + np.exp(-logits[0])))
    truth, estimate = int(data.targets[row]), int(chance > 0.5)
    text = as_text(data.sequences[row], data.lengths[row])
    mark = "O" if truth == estimate else "X"
    return {
        "text": f"{text}: {LABELS[truth]} => {ESTIMATES[estimate]}({chance:.2f}) : {mark}",
        "truth": LABELS[truth],
        "estimate": LABELS[estimate],
        "probability": round(chance, 4),
    }
