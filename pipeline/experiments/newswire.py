"""Reuters newswires, 46 topics (document 002; protocols 5.1 and 5.2, items 3 to 5).

1,000 words, 100 words per newswire, 128-dimensional embeddings, 10 epochs of 8,982 newswires, Adam, batches of 64. On
the 2,246 newswires of the test part, on which the document also validates, MLP reaches .6759, LSTM .6990, CNN .7493,
CNN and LSTM .7186. Corrected: a tenth of the training part, held out by the seed, chooses the epoch; today's gates; the
test part is measured once. Source: Reuters-21578 as Keras ships it. About 1 to 2 minutes per seed on one core.
Command: `make reproduce ORIGINALS=1`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.once import Once, anew
from pipeline.experiments.family import Inputs, Leakage
from pipeline.experiments.texts import TextExperiment, TextFamily
from pipeline.sources.cards import fetched
from pipeline.sources.texts import windows as text_windows
from pipeline.sources.texts.texts import read_newswire
from pipeline.sources.window_files import read_manifest, read_windows
from pipeline.spec.data import Data, fixed, shuffled
from pipeline.spec.sounds import Sounds
from pipeline.training.extras import Extras

TRAINED = 0.8  # share of the newswires, from the start: 8,982 of 11,228
TOPICS = 46


class Newswire(TextFamily[TextExperiment]):
    """Which of 46 topics is a newswire about?"""

    name = "newswire"
    title = "Reuters newswires"
    deviations = (
        "Settings of the LSTM, CNN and CNN + LSTM are not printed again in the document; those of the MLP are used.",
        "The document says 11,258 newswires; the set has 11,228.",
        "Corrected: a tenth of the training part chooses the epoch, and the test part is measured once.",
    )
    experiment = TextExperiment

    def make_windows(self, experiments: Sequence[TextExperiment], inputs: Inputs, out: Path) -> Leakage:
        """Write nothing if the newswires were not fetched."""
        if not fetched(inputs.raw):
            return {}
        wires = read_newswire(inputs.raw)
        about = {"data": "Reuters", "kind": "document", "topics": wires.topics}
        sizes = (experiment.size for experiment in experiments)
        text_windows.write_texts(sizes, [wires.wires], about, out)
        return {}

    def load(self, experiment: TextExperiment, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
        """As written, the test part is also the validation part."""
        here = windows / self.folder(experiment)
        arrays = once(read_windows, here, self.part)
        rows = np.arange(len(arrays["targets"]), dtype=np.int32)
        train, test = np.split(rows, [int(len(rows) * TRAINED)])
        validation = test
        if experiment.protocol == "corrected":
            train, validation = text_windows.hold_out(train, 10, seed)
        return Data(
            sequences=arrays["sequences"],
            lengths=np.full(len(rows), experiment.timesteps, np.int32),
            targets=arrays["targets"],
            train=shuffled(train, experiment.batch, seed),
            validation=fixed(validation),
            test=test,
            shown=test[:3],
            labels=once(read_manifest, here)["topics"],
            masked=False,
            fixed_test=True,
        )

    def shape(self, experiment: TextExperiment, sounds: Sounds) -> tuple[int, int, int]:
        """The features are the words."""
        return experiment.timesteps, experiment.vocabulary, TOPICS

    def extras(self, experiment: TextExperiment, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
        """Count the newswires and their topics."""
        return Extras(facts={"wires": str(len(data.targets)), "topics": str(len(data.labels))})
