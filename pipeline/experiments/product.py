"""The product of two marked numbers among a hundred: what a network must carry over time (document 004; protocols 5.4).

3,000 sequences of (marker, value), 100 steps; two steps are marked, the target is the product of their values. Two
SimpleRNN(30) or two LSTM(30) on 2,000 rows, 500 validate, 100 epochs, Adam, mse, batch 32. The document prints curves
and no figure; it leaves 500 rows unused, which are our test part. Who guesses the mean has a squared error of
7/144 = 0.0486. It sets no seed: each of ours draws data of its own. About 20 s a seed on one core.
Command: `make reproduce`.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline.experiments import Count
from pipeline.experiments import Experiment as Base
from pipeline.experiments.common import each_seed, source_of
from pipeline.networks import build, constant_model
from pipeline.params import Params
from pipeline.sources.window_files import read_windows, write_windows
from pipeline.spec.data import Data, Source, fixed, shuffled
from pipeline.training.extras import Further

ROWS, TIMESTEPS = 3000, 100
TRAIN, FITTED = 2000, 2500  # fit saw the first 2,500 rows and took the last fifth of them to validate
FAR_ROWS = 20
CLOSE = 0.04  # what the source of the task calls a right answer

TITLE = "The product of two numbers"
DEVIATIONS = (
    "The document leaves 500 of its rows unused. They are our test part.",
    "It sets no seed, so each of ours draws data of its own, in the order of its code.",
    "It has no GRU; ours stands beside under the same conditions.",
)


class Experiment(Base):
    """An experiment on the products. On rows of `far` timesteps the trained network's gradient is measured too."""

    far: Count = 0

    numbers: ClassVar[bool] = True


def draw(seed: int, rows: int = ROWS, timesteps: int = TIMESTEPS) -> dict[str, np.ndarray]:
    """Return sequences (3000, 100, 2) of (marker, value) and targets (3000,), drawn in the order of the document."""
    random = np.random.RandomState(seed)
    sequences, targets = np.zeros((rows, timesteps, 2), np.float32), np.zeros(rows, np.float32)
    for row in range(rows):
        values = random.rand(timesteps)
        marked = random.choice(timesteps, 2, replace=False)
        sequences[row, marked, 0] = 1
        sequences[row, :, 1] = values
        targets[row] = np.prod(values[marked])
    return {"sequences": sequences, "targets": targets}


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return "rows"


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the rows of every seed. Nothing can leak: every row is drawn by itself."""
    if experiments:
        seeds = ((f"seed_{seed}", draw(seed)) for seed in range(params.most_seeds))
        write_windows(out / folder(experiments[0]), seeds, {"data": "products of two numbers", "kind": "document"})
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run: there are no folds."""
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is: drawn as the document drew it."""
    return source_of(windows / folder(experiment), f"seed_{seed}")


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run."""
    arrays = read_windows(windows / folder(experiment), f"seed_{seed}")
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
        source=source(experiment, seed, fold, windows),
        masked=False,
        fresh=True,
    )


def _guess(data: Data) -> float:
    """Return the mean of the training targets, the best that one can do without looking."""
    return float(data.targets[:TRAIN].mean(dtype=np.float64))


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    if experiment.variant == "constant":
        return constant_model([_guess(data)], data)
    return build(experiment, data, data.sequences.shape[2], None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs)."""
    return TIMESTEPS, 2, 1


def example(data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
    """Return one example: the two numbers, their product and the estimate."""
    first, second = np.flatnonzero(data.sequences[row, :, 0])
    values = data.sequences[row, :, 1]
    product, estimate = f"{data.targets[row]:.3f}", f"{outputs[0]:.3f}"
    marked = " x ".join(f"{values[step]:.3f} (step {step})" for step in (first, second))
    return {
        "text": f"{marked} = {product}: {estimate}",
        "truth": product,
        "estimate": estimate,
        "probability": None,
    }


def afterwards(experiment: Base, data: Data, model: Any, outcome: Any, seed: int) -> Further:
    """Measure how many products are right to 0.04, what a guess would cost, and how far back the gradient reaches."""
    targets = data.targets[data.test].astype(np.float64)
    metrics = {
        "test_correct": float((np.abs(outcome.test[:, 0] - targets) <= CLOSE).mean()),
        "test_constant_mse": float(np.square(targets - _guess(data)).mean()),
    }
    if experiment.variant == "constant":
        return Further(metrics)
    from pipeline.networks.gradient_lag import far_to_near, gradient_by_lag

    sequences = data.sequences[data.test[:100]]
    curves = {
        "gradient by lag, first weights": gradient_by_lag(network(experiment, data, seed), sequences),
        "gradient by lag, trained": gradient_by_lag(model, sequences),
    }
    reach = dict(zip(("gradient_reach_first", "gradient_reach"), map(far_to_near, curves.values()), strict=True))
    assert isinstance(experiment, Experiment)
    if experiment.far:
        reach["gradient_reach_far"] = far_to_near(_far_gradient(experiment, data, model, seed))
    return Further(metrics | reach, curves={name: curve.tolist() for name, curve in curves.items()})


def _far_gradient(experiment: Experiment, data: Data, model: Any, seed: int) -> np.ndarray:
    """Return the gradient by lag of a trained network on rows of `far` timesteps, longer than it has ever seen."""
    from pipeline.networks.gradient_lag import gradient_by_lag

    sequences = draw(seed, FAR_ROWS, experiment.far)["sequences"]
    longer = network(experiment, replace(data, sequences=sequences), seed)
    longer.set_weights(model.get_weights())
    return gradient_by_lag(longer, sequences)
