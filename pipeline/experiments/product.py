"""The product of two marked numbers among a hundred: what a network must carry over time (document 004; protocols 5.4).

3,000 sequences of 100 steps, each step (marker, value); two steps are marked, and the target is the product of their
values. Two layers of SimpleRNN(30) or LSTM(30), 2,000 rows for training and 500 for validation, 100 epochs, Adam, mse,
batches of 32. The document prints curves but no figure; the 500 rows it leaves unused are the test part here. Guessing
the mean has a squared error of 7/144 = 0.0486. The document sets no seed: here each seed draws its own data. About 20 s
per seed on one core.
Command: `make reproduce`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Family, Inputs, Leakage
from pipeline.networks.build import constant_model
from pipeline.networks.gradient_lag import gradient_by_lag, oldest_to_newest
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.cells import CONSTANT
from pipeline.spec.data import Data, fixed, shuffled
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Count
from pipeline.spec.sounds import Sounds
from pipeline.training.extras import Extras

ROWS, TIMESTEPS = 3000, 100
TRAIN, FITTED = 2000, 2500  # fit got the first 2,500 rows and validated on the last fifth of them
FAR_ROWS = 20
CLOSE = 0.04  # largest error that the source of the task counts as right


class ProductExperiment(Experiment):
    """With `far`, the gradient of the trained network is also measured on rows of `far` timesteps."""

    far: Count = 0

    regression: ClassVar[bool] = True


class Product(Family[ProductExperiment]):
    """What is the product of two marked numbers?"""

    name = "product"
    title = "The product of two numbers"
    deviations = (
        "The document leaves 500 of its rows unused. They are the test part here.",
        "It sets no seed, so each seed here draws its own data, in the order of the document's code.",
        "It has no GRU; one is added under the same conditions.",
    )
    experiment = ProductExperiment

    def folder(self, experiment: ProductExperiment) -> str:
        """All experiments share the same rows."""
        return "rows"

    def make_windows(self, experiments: Sequence[ProductExperiment], inputs: Inputs, out: Path) -> Leakage:
        """Nothing can leak: every row is drawn independently."""
        if experiments:
            seeds = ((self.part.format(seed=seed), draw(seed)) for seed in range(inputs.seeds))
            about = {"data": "products of two numbers", "kind": "document"}
            write_windows(out / self.folder(experiments[0]), seeds, about)
        return {}

    def load(
        self, experiment: ProductExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew
    ) -> Data:
        """Load the rows of a seed, as whole sequences."""
        arrays = once(read_windows, windows / self.folder(experiment), self.part.format(seed=seed))
        rows = np.arange(ROWS, dtype=np.int32)
        return Data(
            sequences=arrays["sequences"],
            lengths=np.full(ROWS, TIMESTEPS, np.int32),
            targets=arrays["targets"],
            train=shuffled(rows[:TRAIN], experiment.batch, seed),
            validation=fixed(rows[TRAIN:FITTED]),
            test=rows[FITTED:],
            shown=rows[FITTED : FITTED + 3],
            labels=[],
            masked=False,
            fresh=True,
        )

    def network(self, experiment: ProductExperiment, data: Data, seed: int) -> Any:
        """The constant is the mean of the training part."""
        if experiment.variant == CONSTANT:
            return constant_model([_mean(data)], data)
        return super().network(experiment, data, seed)

    def shape(self, experiment: ProductExperiment, sounds: Sounds) -> tuple[int, int, int]:
        """100 steps of (marker, value), and one number."""
        return TIMESTEPS, 2, 1

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        """Format an example: the two numbers, their product and the estimate."""
        first, second = np.flatnonzero(data.sequences[row, :, 0])
        values = data.sequences[row, :, 1]
        product, estimate = f"{data.targets[row]:.3f}", f"{outputs[0]:.3f}"
        marked = " x ".join(f"{values[step]:.3f} (step {step})" for step in (first, second))
        text = f"{marked} = {product}: {estimate}"
        return {"text": text, "truth": product, "estimate": estimate, "probability": None}

    def extras(self, experiment: ProductExperiment, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
        """Measure the share of products right to 0.04, the error of a guess, and how far back the gradient reaches."""
        targets = data.targets[data.test].astype(np.float64)
        metrics = {
            "test_correct": float((np.abs(outcome.test[:, 0] - targets) <= CLOSE).mean()),
            "test_constant_mse": float(np.square(targets - _mean(data)).mean()),
        }
        if experiment.variant == CONSTANT:
            return Extras(metrics)
        sequences = data.sequences[data.test[:100]]
        curves = {
            "gradient by lag, initial weights": gradient_by_lag(self.network(experiment, data, seed), sequences),
            "gradient by lag, trained": gradient_by_lag(model, sequences),
        }
        names = "gradient_reach_first", "gradient_reach"
        reach = dict(zip(names, map(oldest_to_newest, curves.values()), strict=True))
        if experiment.far:
            reach["gradient_reach_far"] = oldest_to_newest(self._far_gradient(experiment, data, model, seed))
        return Extras(metrics | reach, curves={name: curve.tolist() for name, curve in curves.items()})

    def _far_gradient(self, experiment: ProductExperiment, data: Data, model: Any, seed: int) -> np.ndarray:
        """Measure the gradient by lag of a trained network on rows of `far` timesteps, longer than any in training."""
        sequences = draw(seed, FAR_ROWS, experiment.far)["sequences"]
        longer = self.network(experiment, replace(data, sequences=sequences), seed)
        longer.set_weights(model.get_weights())
        return gradient_by_lag(longer, sequences)


def draw(seed: int, rows: int = ROWS, timesteps: int = TIMESTEPS) -> dict[str, np.ndarray]:
    """Draw sequences (rows, timesteps, 2) of (marker, value) and targets (rows,), in the document's order."""
    random = np.random.RandomState(seed)
    sequences, targets = np.zeros((rows, timesteps, 2), np.float32), np.zeros(rows, np.float32)
    for row in range(rows):
        values = random.rand(timesteps)
        marked = random.choice(timesteps, 2, replace=False)
        sequences[row, marked, 0] = 1
        sequences[row, :, 1] = values
        targets[row] = np.prod(values[marked])
    return {"sequences": sequences, "targets": targets}


def _mean(data: Data) -> float:
    """Average the training targets, the best guess without looking at a row."""
    return float(data.targets[:TRAIN].mean(dtype=np.float64))
