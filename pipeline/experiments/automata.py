"""Strings of an automaton: is this a valid expression? (document 000; protocols, sections 1, 3 and 7)

LSTM(64) over one-hot symbols with a sigmoid at each string's own end, 10 epochs of 10,000 fresh strings, N(0, 0.03)
initial weights, Adam, batches of 10. The document reports a test accuracy of 0.902. Seed 0 uses the document's own
random stream (1234): the same strings, the same initial weights. About half a minute per seed on one core.
Command: `make reproduce`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Family, Inputs, Leakage
from pipeline.networks.build import build
from pipeline.sources.generated.string_windows import SHOWN, write_seeds
from pipeline.sources.generated.strings import ALPHABET, LONGEST, as_text
from pipeline.sources.window_files import read_windows
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import MOST, Count, Positive
from pipeline.spec.sounds import Sounds

LABELS = ["잘못된 패턴", "올바른 패턴"]
ESTIMATES = ["탈락추정", "합격추정"]


class StringExperiment(Experiment):
    """Strings to learn from: `samples` fresh ones per epoch, and `validation` more after every `report` epochs.

    In the corrected protocol a seed draws the same strings for all networks that train for the same number of epochs;
    `strings_of` sets that number for a network that trains for fewer.
    """

    samples: Annotated[int, Field(ge=10, le=MOST)] = 10_000
    report: Positive = 2
    validation: Positive = 100
    test: Positive = 1000
    first_seed: Count = 1234
    strings_of: Count = 0

    @property
    def drawn(self) -> int:
        """Number of epochs for which strings are drawn."""
        return self.strings_of or self.epochs


class Automata(Family[StringExperiment]):
    """Is a string a valid expression?"""

    name = "automata"
    title = "Strings of an automaton"
    deviations = (
        "Seed 0 draws the document's own strings and initial weights. The figures still differ in the third digit, "
        "because sums are rounded in float32 and in another order.",
        "The ReLU networks of the same book (am_rnn_*) are not in the documents; they are here because their figures "
        "jump with the seed, and with rounding alone.",
    )
    experiment = StringExperiment

    def folder(self, experiment: StringExperiment) -> str:
        """As written, initial weights and strings come from one stream, so each experiment has its own folder."""
        e = experiment
        if e.protocol == "as_written":
            return e.name
        return "-".join(map(str, (e.first_seed, e.drawn, e.samples, e.report, e.validation, e.test)))

    def make_windows(self, experiments: Sequence[StringExperiment], inputs: Inputs, out: Path) -> Leakage:
        """Nothing can leak: every string is drawn once."""
        for place, experiment in {self.folder(experiment): experiment for experiment in experiments}.items():
            write_seeds(experiment, inputs.seeds, out / place)
        return {}

    def load(self, experiment: StringExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """Use fresh strings in every epoch, in the order they were drawn."""
        arrays = once(read_windows, windows / self.folder(experiment), self.part.format(seed=seed))
        samples, report, size = experiment.samples, experiment.report, experiment.validation
        first_validation = experiment.drawn * samples
        first_test = first_validation + experiment.drawn // report * size
        batches = samples // experiment.batch
        rows = np.arange(len(arrays["lengths"]), dtype=np.int32)

        def train(epoch: int) -> np.ndarray:
            start = (epoch - 1) * samples
            return rows[start : start + batches * experiment.batch].reshape(batches, experiment.batch)

        def validation(epoch: int) -> np.ndarray:
            if epoch % report:
                return rows[:0]
            start = first_validation + (epoch // report - 1) * size
            return rows[start : start + size]

        return Data(
            sequences=arrays["symbols"],
            lengths=arrays["lengths"],
            targets=arrays["targets"],
            train=train,
            validation=validation,
            test=rows[first_test:-SHOWN],
            shown=rows[-SHOWN:],
            labels=LABELS,
            fresh=True,
        )

    def network(self, experiment: StringExperiment, data: Data, seed: int) -> Any:
        """As written, the initial weights are the documents' draw."""
        as_written = experiment.protocol == "as_written"
        random = np.random.RandomState(experiment.first_seed + seed) if as_written else None
        return build(experiment, data, len(ALPHABET), random, seed)

    def shape(self, experiment: StringExperiment, sounds: Sounds) -> tuple[int, int, int]:
        """The longest string, the alphabet, and one logit."""
        return LONGEST, len(ALPHABET), 1

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        """Format an example as document 000 prints it: the string, its label, the estimate, O or X."""
        probability = float(1 / (1 + np.exp(-outputs[0])))
        truth, estimate = int(data.targets[row]), int(probability > 0.5)
        text = as_text(data.sequences[row], data.lengths[row])
        mark = "O" if truth == estimate else "X"
        return {
            "text": f"{text}: {LABELS[truth]} => {ESTIMATES[estimate]}({probability:.2f}) : {mark}",
            "truth": LABELS[truth],
            "estimate": LABELS[estimate],
            "probability": round(probability, 4),
        }
