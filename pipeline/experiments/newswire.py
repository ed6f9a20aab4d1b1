"""Wires of Reuters, 46 topics (document 002; protocols 5.1 and 5.2, items 3 to 5).

1,000 words, 100 words a wire, vectors of 128, 10 epochs of 8,982 wires, Adam, batch 64; MLP .6759, LSTM .6990, CNN
.7493, CNN and LSTM .7186 on the 2,246 wires of the test part, which the document also validates on. Corrected: a tenth
of the training part held out by the seed, the epoch chosen by it, today's gates, the test part measured once.
Source: Reuters-21578 as Keras ships it. About 1 to 2 minutes a seed on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.experiments import Experiment as Base
from pipeline.experiments.common import Reader, class_example, each_seed, fetched, need, source_of
from pipeline.networks import build
from pipeline.params import Params
from pipeline.sources.texts import windows as text_windows
from pipeline.sources.texts.texts import read_newswire
from pipeline.sources.window_files import read_manifest, read_windows
from pipeline.spec.data import Data, Source, fixed, shuffled
from pipeline.training.extras import Further

TRAINED = 0.8  # of all wires, the first ones: 8,982 of 11,228
TOPICS = 46

TITLE = "Wires of Reuters"
DEVIATIONS = (
    "Settings of the LSTM, CNN and CNN + LSTM are not printed again in the document; those of the MLP are taken.",
    "The document says 11,258 wires; the set has 11,228.",
    "Corrected: a tenth of the training part chooses the epoch, and the test part is measured once.",
)


class Experiment(Reader):
    """A network that reads a wire."""


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return _typed(experiment).place


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the windows of every experiment, if the wires were fetched."""
    if not fetched(raw):
        return {}
    wires = read_newswire(raw)
    about = {"data": "Reuters", "kind": "document", "topics": wires.topics}
    text_windows.write_texts(map(_typed, experiments), [wires.wires], about, out)
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run. Raises UserError if the wires were not fetched."""
    need(windows / folder(experiment), experiment.name)
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is."""
    return source_of(windows / folder(experiment), text_windows.PART)


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run."""
    one = _typed(experiment)
    here = windows / folder(one)
    arrays = read_windows(here, text_windows.PART)
    rows = np.arange(len(arrays["targets"]), dtype=np.int32)
    train, test = np.split(rows, [int(len(rows) * TRAINED)])
    validation = test
    if one.protocol == "corrected":
        train, validation = text_windows.hold_out(train, 10, seed)
    return Data(
        sequences=arrays["sequences"],
        lengths=np.full(len(rows), one.timesteps, np.int32),
        targets=arrays["targets"],
        train=shuffled(train, one.batch, seed),
        validation=fixed(validation),
        test=test,
        shown=test[:3],
        labels=read_manifest(here)["topics"],
        source=source(experiment, seed, fold, windows),
        masked=False,
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    return build(experiment, data, _typed(experiment).vocabulary, None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs); the features are the words."""
    one = _typed(experiment)
    return one.timesteps, one.vocabulary, TOPICS


def example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example: the topic and the estimate."""
    return class_example(data, row, logits)


def afterwards(experiment: Base, data: Data, model: Any, outcome: Any, seed: int) -> Further:
    """Count the wires and their topics."""
    return Further(facts={"wires": str(len(data.targets)), "topics": str(len(data.labels))})
