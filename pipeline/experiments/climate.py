"""The temperature of tomorrow in Jena (document 002; protocols 5.1 and 5.2, items 13 to 15).

14 measures every ten minutes, 420,551 rows from 2009 to 2016; ten days, one row an hour, predict the temperature a day
later. "Tomorrow is as today" has a mean absolute error of 0.28974 (2.57 degrees); GRU(32), 20 epochs of 500 batches of
128, RMSprop, is given as a curve without a figure. As written the last row that a network sees is an hour old, so the
horizon is 25 hours; -9999 is taken for a measure. Corrected: 24 hours, missing values filled from before, the epoch
chosen by the validation part; and recurrent dropout, stacked and bidirectional layers, which the document names.
Source: Max Planck Institute for Biogeochemistry, Jena. About 4 minutes a seed on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline.experiments import Experiment as Base
from pipeline.experiments import Positive
from pipeline.experiments.common import FromOriginals, each_seed, fetched, need, source_of
from pipeline.networks import build, last_value_model
from pipeline.params import Params
from pipeline.sources.climate.windows import DELAY, LOOKBACK, STEP, TEMPERATURE, normalised, offsets, parts, targets
from pipeline.sources.window_files import read_manifest, read_windows, write_windows
from pipeline.spec.data import Data, Source, fixed
from pipeline.training.extras import Further
from pipeline.training.metrics import measure

FEATURES = 14
_PART = "table"

TITLE = "The climate of Jena"
DEVIATIONS = (
    "As written the last row that is seen is an hour old, so the horizon is 25 hours; the naive figure of the document "
    "needs it. Corrected: 24 hours.",
    "As written the targets of the last training day lie in the validation part. Corrected: they do not.",
    "-9999 means missing. As written it is taken for a measure; corrected, the last value before it stands in.",
    "On a table of other years the parts have the document's shares, and the figures say nothing of its claims.",
)


class Experiment(FromOriginals):
    """A network that reads ten days of weather."""

    numbers: ClassVar[bool] = True
    steps: Positive = 500  # batches of an epoch


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return experiment.protocol


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the normalised table of each protocol, if it was fetched."""
    from pipeline.sources.climate.table import read_table

    if not fetched(raw):
        return {}
    _, table, card = read_table(raw)
    for protocol in dict.fromkeys(one.protocol for one in experiments):
        scaled, degrees = normalised(table, protocol)
        arrays = {"sequences": scaled.astype(np.float32), "targets": targets(scaled).astype(np.float32)}
        about = {"data": card["data"], "kind": card["kind"], "degrees": degrees}
        write_windows(out / protocol, [(_PART, arrays)], about)
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run. Raises UserError if the table was not fetched."""
    need(windows / folder(experiment), experiment.name)
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is."""
    return source_of(windows / folder(experiment), _PART)


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run: every epoch draws its windows anew, as the document's generator does."""
    one = _typed(experiment)
    here = windows / folder(one)
    arrays = read_windows(here, _PART)
    rows = parts(len(arrays["targets"]), one.protocol, one.batch)

    def drawn(epoch: int) -> np.ndarray:
        places = np.random.default_rng([seed, epoch]).integers(0, len(rows.train), (one.steps, one.batch))
        return rows.train[places]

    return Data(
        sequences=arrays["sequences"],
        lengths=np.full(len(arrays["targets"]), len(offsets(one.protocol)), np.int32),
        targets=arrays["targets"],
        train=drawn,
        validation=fixed(rows.validation),
        test=rows.test,
        shown=rows.test[:3],
        labels=[],
        source=source(experiment, seed, fold, windows),
        masked=False,
        offsets=offsets(one.protocol),
        scale=read_manifest(here)["degrees"],
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    if experiment.variant == "last_value":
        return last_value_model(TEMPERATURE, data)
    return build(experiment, data, FEATURES, None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs)."""
    return LOOKBACK // STEP, FEATURES, 1


def example(data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
    """Return one example: how far tomorrow is from the mean, in degrees, and the estimate."""
    truth, estimate = (f"{value * data.scale:+.1f}" for value in (float(data.targets[row]), float(outputs[0])))
    return {"text": f"{estimate} degrees ({truth})", "truth": truth, "estimate": estimate, "probability": None}


def afterwards(experiment: Base, data: Data, model: Any, outcome: Any, seed: int) -> Further:
    """Measure the error in degrees; and that of the baseline, which has no epoch, on the validation part."""
    metrics = {"test_celsius": outcome.metrics["test_mae"] * data.scale}
    if experiment.variant == "last_value":
        assert data.offsets is not None
        rows = data.validation(1)
        last = data.sequences[rows + data.offsets[-1], TEMPERATURE]
        metrics["val_loss"] = measure("mae", last[:, None], data.targets[rows])["loss"]
    facts = {
        "rows": str(len(data.targets)),
        "columns": str(data.sequences.shape[1] + 1),  # and the date
        "samples per day": str(DELAY),
        "validation steps": str(len(data.validation(1)) // experiment.batch),
    }
    return Further(metrics, facts)
