"""The weather of Jena, ten days of it in every row of a batch (document 002; protocols 5.1, JENA-GRU, and 5.2, 13).

The document's generator gathers every window in Python and passes the batches to `fit`; ours gathers them inside the
compiled epoch. Both sides have today's GRU (reset after the product, sigmoid gates) and Keras' RMSprop, so that the
document's is plain Keras, and draw the same rows. The table is noise, since speed does not depend on what is learned.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState

from benchmarks.loops.ours import Ours, begin_alike
from benchmarks.loops.sides import Loop
from pipeline.experiments import climate
from pipeline.networks.runtime import PLAIN_XLA, start_tensorflow
from pipeline.sources.climate.windows import DELAY, LOOKBACK, STEP, TEMPERATURE, boundaries, offsets, targets
from pipeline.spec.data import Data
from pipeline.spec.optimizer import Optimizer

DRAWN = 4  # epochs whose rows are drawn in advance for ours; a longer training repeats them


@dataclass(frozen=True)
class Size:
    """Rows of the table, units of the GRU, rows of a batch, batches of an epoch (500 in the document)."""

    rows: int = 420_551
    units: int = 32
    batch: int = 128
    steps: int = 50


WHOLE = Size()


def made_table(size: Size) -> np.ndarray:
    """Draw a table of noise in place of the normalised one, (rows, 14) float64."""
    return RandomState(0).standard_normal((size.rows, climate.FEATURES))


def draw_rows(random: RandomState, size: Size) -> np.ndarray:
    """Draw the rows of a batch as the document does, (batch,)."""
    return random.randint(LOOKBACK, boundaries(size.rows)[0], size=size.batch)


def _data(size: Size) -> Data:
    """Build the data as the pipeline's family does, but with rows drawn as in the document."""
    table, random = made_table(size), RandomState(1)
    rows = np.array([[draw_rows(random, size) for _ in range(size.steps)] for _ in range(DRAWN)], np.int32)
    seen = offsets("as_written")
    return Data(
        sequences=table.astype(np.float32),
        lengths=np.full(size.rows, len(seen), np.int32),
        targets=targets(table).astype(np.float32),
        train=lambda epoch: rows[(epoch - 1) % DRAWN],
        validation=lambda epoch: rows[0, 0, :0],
        test=rows[0, 0, :0],
        shown=rows[0, 0, :0],
        labels=[],
        masked=False,
        offsets=seen,
    )


def ours(size: Size = WHOLE) -> Loop:
    """Build the loop that trains as the pipeline does."""
    start_tensorflow()
    experiment = climate.ClimateExperiment(
        name="jena_gru",
        family="climate",
        document="002",
        variant="gru",
        units=size.units,
        epochs=20,
        batch=size.batch,
        steps=size.steps,
        loss="mae",
        optimizer=Optimizer(name="rmsprop"),
    )
    return Ours(experiment, _data(size))


def batches(table: np.ndarray, random: RandomState, size: Size) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (windows (batch, 240, 14), temperatures a day later (batch,)) forever, as the document's generator does.

    A page break of the document is repaired: the code that makes and yields a batch belongs in the loop.
    """
    while True:
        rows = draw_rows(random, size)
        samples = np.zeros((len(rows), LOOKBACK // STEP, table.shape[-1]))
        temperatures = np.zeros(len(rows))
        for place, row in enumerate(rows):
            samples[place] = table[range(row - LOOKBACK, row, STEP)]
            temperatures[place] = table[row + DELAY][TEMPERATURE]
        yield samples, temperatures


class Document:
    """The document's way: `fit` on the generator."""

    def __init__(self, size: Size) -> None:
        import keras

        self._batches, self._steps = batches(made_table(size), RandomState(1), size), size.steps
        inputs = keras.Input((None, climate.FEATURES))
        self._model = keras.Sequential([inputs, keras.layers.GRU(size.units), keras.layers.Dense(1)])
        self._model.compile(optimizer=keras.optimizers.RMSprop(), loss="mae")
        begin_alike(self._model)

    def train(self, epochs: int) -> list[float]:
        """Train `epochs` epochs; see `sides.Loop`."""
        quiet = {"shuffle": False, "verbose": 0}  # the generator shuffles, and Keras would warn that it cannot
        history = self._model.fit(self._batches, steps_per_epoch=self._steps, epochs=epochs, **quiet)
        return [float(loss) for loss in history.history["loss"]]


def document(size: Size = WHOLE) -> Loop:
    """Return the epochs as the document's code trains them."""
    start_tensorflow(flags=PLAIN_XLA)
    return Document(size)
