"""Reviews of films, praise or not (IMDB; document 002; protocols 5.1 and 5.2, items 1 to 3).

SimpleRNN(32) and LSTM(32) on vectors of 32 for 10,000 words, 500 words a review, RMSprop, 10 epochs of 20,000 reviews,
5,000 validate: validation accuracy .8300 and .8818. CNN and LSTM(55) on 5,000 words, 100 words a review, Adam, 5 epochs
of 25,000, where the document validates on its test set: .8532. As written: hard sigmoid gates and the RMSprop of that
time. Corrected: today's, a fifth of the training part held out by the seed, the epoch chosen by it, the test part
measured once. Source: Maas et al. 2011. About 1 to 3 minutes a seed on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.experiments import Experiment as Base
from pipeline.experiments.common import Reader, each_seed, fetched, need, source_of
from pipeline.networks import build
from pipeline.params import Params
from pipeline.sources.texts import windows as text_windows
from pipeline.sources.texts.texts import as_words, read_reviews
from pipeline.sources.window_files import read_manifest, read_windows
from pipeline.spec.data import Data, Source, fixed, shuffled
from pipeline.training.extras import Further

SHOWN = 10
LABELS = ["부정", "긍정"]
_LETTERS = 300  # of a review that is shown

TITLE = "Reviews of films"
DEVIATIONS = (
    "The document's .8300 and .8818 are measured on 5,000 reviews held out of the training part, and its .8532 on the "
    "test part, which validated too. Ours are measured on the same reviews.",
    "Of the document's batch_size = 32 nothing is used; it trained with 128, and so do we.",
    "Reviews are padded in front, and the padding is read like words, as in the document.",
)


class Experiment(Reader):
    """A network that reads a review."""

    validates_on: Literal["held_out", "test"] = "held_out"


def _typed(experiment: Base) -> Experiment:
    assert isinstance(experiment, Experiment)
    return experiment


def folder(experiment: Base) -> str:
    """Return the directory of the windows of an experiment, below the windows of the family."""
    return _typed(experiment).place


def make_windows(experiments: list[Base], params: Params, raw: Path, spectra: Path, out: Path) -> dict[str, Any]:
    """Write the windows of every experiment, if the reviews were fetched."""
    if not fetched(raw):
        return {}
    reviews = read_reviews(raw)
    first = [as_words(reviews.test.rows(row, row + 1).ids, reviews.words)[:_LETTERS] for row in range(SHOWN)]
    about = {"data": "IMDB", "kind": "document", "train": len(reviews.train.labels), "first": first}
    text_windows.write_texts(map(_typed, experiments), [reviews.train, reviews.test], about, out)
    return {}


def splits(experiment: Base, seeds: int, windows: Path) -> Iterable[tuple[int, int | None]]:
    """Return the (seed, test fold) pairs to run. Raises UserError if the reviews were not fetched."""
    need(windows / folder(experiment), experiment.name)
    return each_seed(seeds)


def source(experiment: Base, seed: int, fold: int | None, windows: Path) -> Source:
    """Return what the data of a run is."""
    return source_of(windows / folder(experiment), text_windows.PART)


def load(experiment: Base, seed: int, fold: int | None, windows: Path) -> Data:
    """Return the data of one run; the first ten reviews of the test part are shown, as in the document."""
    one = _typed(experiment)
    here = windows / folder(one)
    arrays, about = read_windows(here, text_windows.PART), read_manifest(here)
    both, test = np.split(np.arange(len(arrays["targets"]), dtype=np.int32), [about["train"]])
    train, held_out = text_windows.hold_out(both, 5, seed if one.protocol == "corrected" else None)
    on_test = one.validates_on == "test"
    return Data(
        sequences=arrays["sequences"],
        lengths=np.full(len(arrays["targets"]), one.timesteps, np.int32),
        targets=arrays["targets"],
        train=shuffled(both if on_test else train, one.batch, seed),
        validation=fixed(test if on_test else held_out),
        test=test,
        shown=test[:SHOWN],
        labels=LABELS,
        source=source(experiment, seed, fold, windows),
        names=dict(zip(test.tolist(), about["first"], strict=False)),
        masked=False,
    )


def network(experiment: Base, data: Data, seed: int) -> Any:
    """Return the untrained Keras model of a run."""
    return build(experiment, data, _typed(experiment).vocabulary, None, seed)


def shape(experiment: Base, params: Params) -> tuple[int, int, int]:
    """Return (timesteps, features, outputs); the features are the words."""
    one = _typed(experiment)
    return one.timesteps, one.vocabulary, 1


def example(data: Data, row: int, logits: np.ndarray) -> dict[str, Any]:
    """Return one example as document 002 prints it, `[0] --> ['부정']`, and how the review begins."""
    truth, estimate = int(data.targets[row]), LABELS[int(logits[0] > 0)]
    return {
        "text": f"[{truth}] --> ['{estimate}']: {data.names[row]}",
        "truth": LABELS[truth],
        "estimate": estimate,
        "probability": round(float(1 / (1 + np.exp(-logits[0]))), 4),
    }


def afterwards(experiment: Base, data: Data, model: Any, outcome: Any, seed: int) -> Further:
    """Measure the ten predictions, and whether a model that was saved and loaded again gives the same."""
    truths, estimates = data.targets[data.shown], (outcome.shown[:, 0] > 0).astype(int)
    return Further(
        metrics={"first_ten_right": float((truths == estimates).sum())},
        facts={
            "first ten labels": " ".join(map(str, truths)),
            "first ten predictions": " ".join(map(str, estimates)),
            "loaded model agrees": "yes" if _agrees(model, data.sequences[data.shown]) else "no",
        },
    )


def _agrees(model: Any, sequences: np.ndarray) -> bool:
    import tempfile

    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = keras.saving.load_model(path, safe_mode=True)
    steps = [sequences.astype(np.int32)]
    return bool(np.array_equal(model(steps, training=False).numpy(), again(steps, training=False).numpy()))
